namespace ThanoSql.Query.Search;

/// <summary>What decides the text of a search's statement; all else are its values.</summary>
/// <param name="Keywords">0, 1, or 2 for any number of them.</param>
/// <param name="Ranks">Of an image's keywords that count; 1 for the table's own column.</param>
/// <param name="MatchesAll">Whether a hit has all keywords.</param>
/// <param name="Filters">Column and operator of each, in order.</param>
/// <param name="HasPaths">Whether the token sees some paths only.</param>
/// <param name="Sort">Null for the score.</param>
/// <param name="After">What the page begins behind.</param>
/// <param name="Counts">Columns whose values are counted; null for a page of hits.</param>
/// <param name="Samples">Whether a part of the table is counted first.</param>
/// <param name="Unsure">Whether hits are rows without a keyword.</param>
internal readonly record struct SearchShape(
    int Keywords, int Ranks, bool MatchesAll, bool HasMinScore, string Filters, bool HasPaths, string? Sort, bool Descending, int Limit,
    CursorKind After, string? Counts = null, bool Samples = false, bool Unsure = false)
{
    public static SearchShape Of(SearchRequest request, int labels, SearchCursor? after) => new(
        Math.Min(labels, 2), labels == 0 ? 1 : request.Rank, labels > 1 && request.MatchesAll, request.MinScore > 0,
        request.Filters.Count == 0 ? "" : string.Join('\n', request.Filters.Select(f => $"{f.Column} {f.Operator}")),
        request.Paths.Count > 0, request.Sort, request.Sort is null || request.Descending, request.Limit, KindOf(after),
        Unsure: request.Unsure);

    /// <summary>Of the count of all hits.</summary>
    public static SearchShape OfCounts(SearchRequest request, int labels, bool samples) => Of(request, labels, null) with
    {
        Sort = null,
        Descending = true,
        Limit = 0,
        Counts = string.Join('\n', request.Facets),
        Samples = samples,
    };

    private static CursorKind KindOf(SearchCursor? after) => after switch
    {
        null => CursorKind.None,
        { Path: null } => after.Value is null ? CursorKind.NullWithoutPath : CursorKind.ValueWithoutPath,
        { Value: null } => CursorKind.Null,
        _ => CursorKind.Value,
    };
}

/// <summary>What a page begins behind.</summary>
internal enum CursorKind
{
    None,
    Value,

    /// <summary>A row without a value of the sort column.</summary>
    Null,

    /// <summary>A row without an image path: those come last among equals.</summary>
    ValueWithoutPath,
    NullWithoutPath,
}
