namespace ThanoSql.Query.Copying;

/// <summary>Reads a file of one table: a CSV or an XLSX workbook, told by its first bytes, whatever its name says.</summary>
internal static class TableFile
{
    private static ReadOnlySpan<byte> OldOffice => [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

    /// <param name="name">For messages, in quotes.</param>
    /// <param name="bytes">The whole file; read again while the rows are.</param>
    /// <param name="format">What was said of it.</param>
    /// <param name="limits">How much of it there may be.</param>
    /// <param name="cancellationToken">Looked at between rows.</param>
    /// <exception cref="QueryException">It is empty, too large, broken, or something was said that its kind does not have.</exception>
    public static SourceRows Read(string name, byte[] bytes, TableFormat format, QueryLimits limits, CancellationToken cancellationToken)
    {
        if (IsWorkbook(bytes))
        {
            Refuse(name, "a workbook", (format.Encoding, "encoding"), (format.Delimiter, "delimiter"));
            return SheetRows.Read(name, bytes, format, limits, cancellationToken);
        }
        if (bytes.AsSpan().StartsWith("PAR1"u8))
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"{name} is a Parquet file, which is not read.", hint: "Write CSV: df.to_csv('x.csv', index=False).");
        }
        if (bytes.AsSpan().StartsWith(OldOffice))
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"{name} is a workbook of Excel 97 (.xls), or one with a password.",
                hint: "Save it as .xlsx without a password.");
        }
        Refuse(name, "text", (format.Sheet, "sheet"), (format.HeaderRow, "header_row"));
        return CsvRows.Read(name, bytes, format, limits);
    }

    // A ZIP archive, full or empty
    private static bool IsWorkbook(ReadOnlySpan<byte> bytes) => bytes.StartsWith("PK\x03\x04"u8) || bytes.StartsWith("PK\x05\x06"u8);

    private static void Refuse(string name, string kind, params ReadOnlySpan<(object? Value, string Option)> options)
    {
        foreach (var (value, option) in options)
        {
            if (value is not null)
                throw new QueryException(ErrorCode.BadRequest, $"{name} is {kind}, which has no {option}.", hint: $"Leave {option} out.");
        }
    }
}
