namespace ThanoSql.Query.Copying;

/// <summary>The rows of a CSV file, whose first line names the columns.</summary>
internal static class CsvRows
{
    /// <param name="name">For messages, in quotes.</param>
    /// <param name="bytes">The whole file; read again while the rows are.</param>
    /// <param name="format">What was said of it.</param>
    /// <param name="limits">How much of it there may be.</param>
    /// <exception cref="QueryException">It is empty, too large, no CSV, or in an unknown encoding.</exception>
    public static SourceRows Read(string name, byte[] bytes, TableFormat format, QueryLimits limits)
    {
        var utf8 = TextEncoding.ToUtf8(name, bytes, format.Encoding, out var encoding);
        var delimiter = format.Delimiter ?? CsvFile.DelimiterOf(utf8);
        var notes = new List<string>();
        if (encoding is not null)
            notes.Add(encoding);
        if (format.Delimiter is null && delimiter != ',')
            notes.Add(delimiter == '\t' ? "The values are separated by tabs." : $"The values are separated by '{delimiter}'.");
        try
        {
            var rows = TypedRows.Read(name, () => Records(utf8, delimiter), format.Thousands, limits);
            return rows with { Notes = [.. notes, .. rows.Notes] };
        }
        catch (CsvException broken)
        {
            throw new QueryException(ErrorCode.BadRequest, $"{name} is no CSV: {broken.Message}.", inner: broken);
        }
    }

    private static IEnumerable<string?[]> Records(byte[] utf8, char delimiter)
    {
        int? columns = null;
        foreach (var (line, fields) in CsvFile.Read(utf8, delimiter))
        {
            columns ??= fields.Length;
            if (fields.Length != columns)
                throw new CsvException(line, $"{fields.Length} values where the header names {columns} columns");
            yield return fields;
        }
    }
}
