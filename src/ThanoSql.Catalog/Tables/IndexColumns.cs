namespace ThanoSql.Catalog.Tables;

/// <summary>The names of a table's index columns.</summary>
public sealed record IndexColumns
{
    /// <summary>The best label (text), or NULL when no label reaches its threshold.</summary>
    public string Keyword { get; init; } = "keyword";

    /// <summary>The best label's probability, 0 to 1 (real).</summary>
    public string Score { get; init; } = "keyword_score";

    /// <summary>The number of the model version that wrote the row (integer); NULL for a person's word.</summary>
    public string Version { get; init; } = "keyword_version";

    /// <summary><c>model</c>, <c>person</c> or <c>failed</c> (text); NULL while nobody looked at the picture.</summary>
    public string Source { get; init; } = "keyword_source";

    /// <summary>The four names with their PostgreSQL types.</summary>
    public IEnumerable<(string Name, string Type)> All() =>
        [(Keyword, "text"), (Score, "real"), (Version, "integer"), (Source, "text")];

    /// <summary>The columns in which a new version's answers are prepared while the old one is in service.</summary>
    public IndexColumns Next() => new()
    {
        Keyword = Keyword + "_next",
        Score = Score + "_next",
        Version = Version + "_next",
        Source = Source + "_next",
    };
}
