using System.IO.Compression;
using ExcelDataReader;

namespace ThanoSql.Query.Copying;

/// <summary>
/// A sheet of an XLSX workbook that somebody else made, perhaps to do harm: what it unpacks to is known before anything is unpacked, and what a row
/// takes before one is read.
/// </summary>
internal sealed class SheetFile(string name, byte[] bytes, string? asked, QueryLimits limits, CancellationToken cancellationToken)
{
    /// <summary>Of a sheet, as Excel has it.</summary>
    public const int MostRows = 1_048_576;

    private const int MostColumns = 16_384;
    private const int MostSheets = 1_000;
    private const int MostParts = 10_000;

    // The library asks for Windows' code pages, whatever it reads
    static SheetFile() => System.Text.Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Of the sheet that was read.</summary>
    public string Sheet { get; private set; } = "";

    /// <summary>In the workbook.</summary>
    public int Sheets { get; private set; }

    /// <summary>Ranges of merged cells in the sheet.</summary>
    public int Merged { get; private set; }

    /// <summary>Reads the sheet.</summary>
    /// <param name="long15">Gets the columns, from 0, with numbers of which Excel may have lost digits.</param>
    /// <returns>The number of each row, from 1, and its cells.</returns>
    /// <exception cref="QueryException">It is too large, or cannot be read.</exception>
    public IEnumerable<(int Row, string?[] Cells)> Rows(ISet<int> long15)
    {
        Guarded(CheckSize);
        using var reader = Guarded(() => ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(bytes)));
        Guarded(() => FindSheet(reader));
        for (var row = 1; Guarded(reader.Read); row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (row, Guarded(() => Cells(reader, long15)));
        }
    }

    private static string?[] Cells(IExcelDataReader reader, ISet<int> long15)
    {
        var cells = new string?[reader.FieldCount];
        for (var i = 0; i < cells.Length; i++)
        {
            var value = reader.GetValue(i);
            if (SheetCell.IsLong(value))
                long15.Add(i);
            cells[i] = SheetCell.Text(value, value is double ? reader.GetNumberFormatString(i) : null);
        }
        return cells;
    }

    private bool FindSheet(IExcelDataReader reader)
    {
        Sheets = reader.ResultsCount;
        if (Sheets > MostSheets)
            throw TooLarge($"{Sheets} sheets; {MostSheets:N0} are read");
        var names = new List<string>();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            names.Add(reader.Name);
            if (asked is null ? reader.VisibleState != "visible" : !string.Equals(reader.Name, asked, StringComparison.OrdinalIgnoreCase))
                continue;
            if (reader.FieldCount > MostColumns || reader.RowCount > MostRows)
                throw TooLarge($"a sheet of {reader.RowCount} rows and {reader.FieldCount} columns, more than Excel has");
            (Sheet, Merged) = (reader.Name, reader.MergeCells?.Length ?? 0);
            return true;
        }
        while (reader.NextResult());
        throw asked is null
            ? new QueryException(ErrorCode.BadRequest, $"{name} has no sheet that can be seen.", hint: "OPTIONS (sheet='…') names a hidden one.")
            : new QueryException(
                ErrorCode.NotFound, $"{name} has no sheet '{asked}'.", hint: $"It has: {string.Join(", ", names.Take(20).Select(n => $"'{n}'"))}.");
    }

    // .NET gives no more bytes of a part than its header says
    private bool CheckSize()
    {
        if (bytes.AsSpan().Count("PK\x01\x02"u8) > MostParts)
            throw TooLarge($"more than {MostParts:N0} parts");
        using var archive = new ZipArchive(new MemoryStream(bytes), ZipArchiveMode.Read);
        if (archive.Entries.Sum(part => (decimal)part.Length) > limits.CopyMegabytes * 1_000_000m)
            throw TooLarge($"more than {limits.CopyMegabytes} MB once it is unpacked (Query:Limits:CopyMegabytes)");
        return true;
    }

    private QueryException TooLarge(string what) =>
        new(ErrorCode.TooLarge, $"{name} has {what}.", hint: "Split it, or save the sheet alone as CSV.");

    // On files that are no workbooks the library fails in whatever way comes
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception broken) when (broken is not (QueryException or OperationCanceledException))
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"{name} is no XLSX workbook that can be read: {broken.Message}",
                hint: "Open it in a spreadsheet program and save it anew as .xlsx.", inner: broken);
        }
    }
}
