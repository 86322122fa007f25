using CsvHelper;

namespace ThanoSql.Query.Results;

/// <summary>
/// A result as CSV (RFC 4180) for spreadsheets: UTF-8 with a byte order mark, without which Excel takes Korean for another encoding. Values are as
/// PostgreSQL writes them and NULL is nothing; none is changed, so a text that a spreadsheet takes for a formula stays one.
/// </summary>
internal static class ResultCsv
{
    public const string ContentType = "text/csv";

    private const int Piece = 256; // rows

    private static readonly CsvWriterOptions Options = CsvWriterOptions.Default with { WriteByteOrderMark = true };

    /// <param name="into">Left open.</param>
    /// <param name="table">The rows.</param>
    /// <param name="cancellationToken">Leaves the text cut off.</param>
    public static async Task WriteAsync(Stream into, ResultTable table, CancellationToken cancellationToken)
    {
        await using var csv = CsvWriter.Create(into, Options, leaveOpen: true);
        await WriteAsync(csv, table.Columns.Select(column => column.Name), cancellationToken);
        foreach (var (row, i) in table.Rows.Select((row, i) => (row, i)))
        {
            await WriteAsync(csv, row, cancellationToken);
            if (i % Piece == Piece - 1)
                await csv.FlushAsync(cancellationToken);
        }
        await csv.FlushAsync(cancellationToken);
    }

    private static async Task WriteAsync(CsvWriter csv, IEnumerable<string?> fields, CancellationToken cancellationToken)
    {
        foreach (var field in fields)
            csv.WriteField(field);
        await csv.EndRecordAsync(cancellationToken);
    }
}
