namespace ThanoSql.Query.Copying;

/// <summary>Records of text whose first names the columns, and the narrowest types that hold all values of each.</summary>
internal static class TypedRows
{
    /// <param name="name">Of the file, for messages, in quotes.</param>
    /// <param name="records">Read twice, since the types are known after the last: the header, then as many values in each as it has.</param>
    /// <param name="thousands">As <see cref="TableFormat.Thousands"/>.</param>
    /// <param name="limits">How much of it there may be.</param>
    /// <exception cref="QueryException">There is no header, or too much.</exception>
    public static SourceRows Read(string name, Func<IEnumerable<string?[]>> records, char? thousands, QueryLimits limits)
    {
        string?[]? names = null;
        ColumnType[] types = [];
        var size = new CopySize(limits);
        foreach (var fields in records())
        {
            if (names is null)
            {
                names = fields;
                types = [.. fields.Select(_ => new ColumnType(thousands))];
                size.Check(names.Length);
                continue;
            }
            for (var i = 0; i < fields.Length; i++)
                types[i].See(fields[i]);
            size.AddRow(names.Length);
            size.AddText(fields);
        }
        if (names is null)
            throw new QueryException(ErrorCode.BadRequest, $"{name} is empty.", hint: "The first row of a table names its columns.");
        var missing = types.Zip(names).Where(c => c.First.Missing > 0).Select(c => string.Create(
            CultureInfo.InvariantCulture, $"{c.First.Missing} value(s) of column '{c.Second}' stand for none (NULL, N/A, NaN, …) and are NULL."));
        // Read a second time: the file's bytes are all that is held
        var rows = records().Skip(1).Select(fields => fields.Select((value, i) => types[i].Read(value)).ToArray());
        return SourceRows.Of(names, new CountedRows(size.Rows, rows), column => types[column].Name) with { Notes = [.. missing] };
    }
}
