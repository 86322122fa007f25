namespace ThanoSql.Query.Copying;

/// <summary>
/// The rows of one sheet of an XLSX workbook, as ExcelDataReader tells its cells. The first row that is not empty names the columns; empty rows and
/// columns are passed over. Formulas are what they gave when the workbook was saved; errors, and merged cells but the first, are NULL.
/// </summary>
internal static class SheetRows
{
    /// <param name="name">For messages, in quotes.</param>
    /// <param name="bytes">The whole file; read again while the rows are.</param>
    /// <param name="format">What was said of it.</param>
    /// <param name="limits">How much of it there may be.</param>
    /// <param name="cancellationToken">Looked at between rows.</param>
    /// <exception cref="QueryException">It is no workbook, has no such sheet, is too large, or a value has no column name.</exception>
    public static SourceRows Read(string name, byte[] bytes, TableFormat format, QueryLimits limits, CancellationToken cancellationToken)
    {
        var file = new SheetFile(name, bytes, format.Sheet, limits, cancellationToken);
        var notes = new List<string>();
        var long15 = new SortedSet<int>(); // columns with more digits than Excel keeps
        var rows = TypedRows.Read(name, () => Records(name, file, format.HeaderRow, long15), format.Thousands, limits);
        if (file.Sheets > 1 && format.Sheet is null)
            notes.Add($"The sheet '{file.Sheet}' was read, of {file.Sheets}: OPTIONS (sheet='…') names another.");
        if (file.Merged > 0)
            notes.Add($"{file.Merged} range(s) of merged cells: the first cell of each has the value, the others are NULL.");
        notes.AddRange(long15.Select(column =>
            $"Column {SheetCell.ColumnName(column)} has numbers of more than the 15 digits that Excel keeps. Format it as text in Excel."));
        return rows with { Notes = [.. notes, .. rows.Notes] };
    }

    private static IEnumerable<string?[]> Records(string name, SheetFile file, int? headerRow, SortedSet<int> long15)
    {
        int[]? named = null;
        foreach (var (row, cells) in file.Rows(long15))
        {
            if (row < headerRow || (cells.All(c => c is null) && row != headerRow))
                continue;
            if (named is null)
            {
                named = [.. cells.Index().Where(c => !string.IsNullOrWhiteSpace(c.Item)).Select(c => c.Index)];
                if (named.Length == 0)
                    throw new QueryException(ErrorCode.BadRequest, $"Row {row} of {name} is empty, and was to name the columns.");
            }
            else if (cells.Index().FirstOrDefault(c => c.Item is not null && Array.BinarySearch(named, c.Index) < 0) is { Item: not null } stray)
            {
                throw new QueryException(
                    ErrorCode.BadRequest, $"Cell {SheetCell.ColumnName(stray.Index)}{row} of {name} holds a value, and its column has no name.",
                    hint: "The first row names the columns; where it is another, say which: OPTIONS (header_row=3).");
            }
            yield return Array.ConvertAll(named, column => cells[column]);
        }
    }
}
