using System.Text.Unicode;

namespace ThanoSql.Query.Copying;

/// <summary>The rows of a CSV file, whose first line names the columns, and the narrowest types that hold them.</summary>
internal static class CsvRows
{
    /// <param name="name">For messages, in quotes.</param>
    /// <param name="bytes">UTF-8; read again while the rows are.</param>
    /// <param name="limits">How much of it there may be.</param>
    /// <exception cref="QueryException">It is empty, too large, or no CSV in UTF-8.</exception>
    public static SourceRows Read(string name, byte[] bytes, QueryLimits limits)
    {
        if (!Utf8.IsValid(bytes))
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"{name} is not UTF-8.", hint: "Save it as UTF-8: df.to_csv('x.csv', index=False, encoding='utf-8').");
        }
        try
        {
            return ReadText(name, bytes, limits);
        }
        catch (CsvException broken)
        {
            throw new QueryException(ErrorCode.BadRequest, $"{name} is no CSV: {broken.Message}.", inner: broken);
        }
    }

    private static SourceRows ReadText(string name, byte[] bytes, QueryLimits limits)
    {
        string?[]? names = null;
        ColumnType[] types = [];
        var size = new CopySize(limits);
        foreach (var (line, fields) in CsvFile.Read(bytes))
        {
            if (names is null)
            {
                names = fields;
                types = [.. fields.Select(_ => new ColumnType())];
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
        // Read a second time: the file's bytes are all that is held
        var rows = CsvFile.Read(bytes).Skip(1).Select(record => record.Fields);
        return SourceRows.Of(names, new CountedRows(size.Rows, rows), column => types[column].Name);
    }
}
