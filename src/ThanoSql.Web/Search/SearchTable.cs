using ThanoSql.Query.Search;

namespace ThanoSql.Web.Search;

/// <summary>What the page knows of the table that is searched.</summary>
/// <param name="Name">Of the table.</param>
/// <param name="Others">All tables that can be searched, this one with them.</param>
/// <param name="Filters">Columns that narrow the pictures down.</param>
/// <param name="Sorts">Columns to sort by.</param>
/// <param name="Keywords">By count, the most frequent first.</param>
/// <param name="Unsure">How many pictures have no keyword since nothing was sure.</param>
public sealed record SearchTable(
    string Name, IReadOnlyList<string> Others, IReadOnlyList<FilterColumn> Filters, IReadOnlyList<string> Sorts,
    IReadOnlyList<CountedKeyword> Keywords, long Unsure)
{
    internal static SearchTable Of(SearchTarget target, IReadOnlyList<string> others, IEnumerable<KeywordCount> keywords, long unsure)
    {
        var rule = target.Definition.Search;
        return new SearchTable(
            target.Definition.Table, others,
            [.. rule.Filters.Where(target.Columns.ContainsKey).Select(name => new FilterColumn(name, ColumnKinds.Of(target.Columns[name].Type)))],
            [.. rule.Sort.Where(target.Columns.ContainsKey)], [.. keywords.Select(k => new CountedKeyword(k.Keyword, k.Count))], unsure);
    }
}

/// <param name="Name">Of the column.</param>
/// <param name="Kind">Of its values.</param>
public sealed record FilterColumn(string Name, ColumnKind Kind);

/// <param name="Keyword">A label.</param>
/// <param name="Count">Of rows that carry it, as of the last half minute.</param>
public sealed record CountedKeyword(string Keyword, long Count);

/// <summary>How a column's values are asked for and shown.</summary>
public enum ColumnKind
{
    Text,
    Number,
    Date,
    Boolean,
}

internal static class ColumnKinds
{
    /// <param name="type">As PostgreSQL names it.</param>
    public static ColumnKind Of(string type) => type switch
    {
        "smallint" or "integer" or "bigint" or "numeric" or "real" or "double precision" => ColumnKind.Number,
        "boolean" => ColumnKind.Boolean,
        "date" => ColumnKind.Date,
        _ when type.StartsWith("timestamp", StringComparison.Ordinal) => ColumnKind.Date,
        _ => ColumnKind.Text,
    };
}
