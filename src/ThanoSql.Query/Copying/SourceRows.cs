using ThanoSql.Planning;

namespace ThanoSql.Query.Copying;

/// <summary>What COPY read: named columns and their values as text.</summary>
/// <param name="Columns">Distinct names and their types.</param>
/// <param name="Rows">As many values in each as there are columns.</param>
internal sealed record SourceRows(IReadOnlyList<SourceColumn> Columns, IReadOnlyList<string?[]> Rows)
{
    /// <exception cref="QueryException">No column, a column without a name, or two of one.</exception>
    public static SourceRows Of(IReadOnlyList<string?> names, IReadOnlyList<string?[]> rows, Func<int, string> typeOf)
    {
        if (names.FirstOrDefault(string.IsNullOrWhiteSpace) is { } || names.Contains(null))
            throw new QueryException(ErrorCode.BadRequest, "A column has no name.", hint: "The first line of the file names the columns.");
        if (names.Count == 0)
            throw new QueryException(ErrorCode.BadRequest, "There is no column to copy.", hint: "Columns are the keys of the records.");
        if (names.GroupBy(n => n!.Trim()).FirstOrDefault(g => g.Skip(1).Any()) is { } twin)
            throw new QueryException(ErrorCode.BadRequest, $"Two columns are named '{twin.Key}'.");
        return new SourceRows([.. names.Select((name, i) => new SourceColumn(name!.Trim(), typeOf(i)))], rows);
    }
}

/// <param name="Type">Of PostgreSQL.</param>
internal sealed record SourceColumn(string Name, string Type);
