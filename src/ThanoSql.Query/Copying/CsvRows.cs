namespace ThanoSql.Query.Copying;

/// <summary>The rows of a CSV file, whose first line names the columns, and the narrowest types that hold them.</summary>
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
            return Read(name, () => CsvFile.Read(utf8, delimiter), format.Thousands, limits, notes);
        }
        catch (CsvException broken)
        {
            throw new QueryException(ErrorCode.BadRequest, $"{name} is no CSV: {broken.Message}.", inner: broken);
        }
    }

    private static SourceRows Read(
        string name, Func<IEnumerable<(long Line, string?[] Fields)>> records, char? thousands, QueryLimits limits, List<string> notes)
    {
        string?[]? names = null;
        ColumnType[] types = [];
        var size = new CopySize(limits);
        foreach (var (line, fields) in records())
        {
            if (names is null)
            {
                names = fields;
                types = [.. fields.Select(_ => new ColumnType(thousands))];
                size.Check(names.Length);
                continue;
            }
            if (fields.Length != names.Length)
                throw new CsvException(line, $"{fields.Length} values where the header names {names.Length} columns");
            for (var i = 0; i < fields.Length; i++)
                types[i].See(fields[i]);
            size.AddRow(names.Length);
        }
        if (names is null)
            throw new QueryException(ErrorCode.BadRequest, $"{name} is empty.", hint: "The first line of a CSV file names its columns.");
        notes.AddRange(types.Zip(names).Where(c => c.First.Missing > 0).Select(c => string.Create(
            CultureInfo.InvariantCulture, $"{c.First.Missing} value(s) of column '{c.Second}' stand for none (NULL, N/A, NaN, …) and are NULL.")));
        // Read a second time: the file's bytes are all that is held
        var rows = records().Skip(1).Select(record => record.Fields.Select((value, i) => types[i].Read(value)).ToArray());
        return SourceRows.Of(names, new CountedRows(size.Rows, rows), column => types[column].Name) with { Notes = notes };
    }
}
