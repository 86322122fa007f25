using System.Text.Json.Serialization;
using Microsoft.Extensions.Primitives;
using ThanoSql.Query.Http;
using ThanoSql.Query.Similarity;

namespace ThanoSql.Query.Search;

/// <summary>
/// What a search asks for: <c>?table=products&amp;keyword=과일&amp;min_score=0.5&amp;price.lte=10000&amp;sort=-created_at&amp;limit=20&amp;after=…</c>
/// </summary>
/// <param name="Keywords">Labels or synonyms; a row with any of them is a hit. Empty for all rows that have a keyword.</param>
/// <param name="MinScore">0 to 1.</param>
/// <param name="Sort">A column; null for the best score first.</param>
/// <param name="Descending">Whether <paramref name="Sort"/> was written with a minus.</param>
/// <param name="After">The <c>next</c> of the page before.</param>
internal sealed record SearchRequest(
    string Table, IReadOnlyList<string> Keywords, double MinScore, IReadOnlyList<SearchFilter> Filters, string? Sort, bool Descending, int Limit,
    int Width, string? After)
{
    /// <summary>The keywords that are kept of an image.</summary>
    public const int MostRanks = 5;

    /// <summary>The facet of the keywords by which hits are found, whatever the table calls its column.</summary>
    public const string KeywordFacet = "keyword";

    private const int MostFilters = 32;
    private const int MostFacets = 10;

    private static readonly string[] Known =
        ["table", "keyword", "match", "rank", "min_score", "sort", "limit", "width", "after", "facets", "total", "numbers"];

    /// <summary>With one of these begins the image path of each hit; none: all are hits. Of the token that asks, not of the request.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>How many of an image's best keywords count, 1 to 5.</summary>
    public int Rank { get; init; } = 1;

    /// <summary>Whether a hit has all of the keywords, not any.</summary>
    public bool MatchesAll { get; init; }

    /// <summary>Whether hits are the rows whose picture was looked at and got no keyword, since none was sure enough; without keywords.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unsure { get; init; }

    /// <summary>The picture that hits resemble, those that resemble it most first; null for a search by keyword alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NearPicture? Near { get; init; }

    /// <summary>Columns whose values are counted, or <see cref="KeywordFacet"/>.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Facets { get; init; } = [];

    /// <summary>How hits are counted; null for not at all.</summary>
    [JsonIgnore]
    public TotalKind? Total { get; init; }

    /// <summary>Whether numbers that JavaScript would round come as texts.</summary>
    [JsonIgnore]
    public bool NumbersAsText { get; init; }

    /// <param name="query">Of the address.</param>
    /// <param name="further">Parameters that are no filters, besides those of a search.</param>
    /// <exception cref="QueryException">A parameter is missing, unknown or out of its range.</exception>
    public static SearchRequest Read(IQueryCollection query, params IReadOnlyCollection<string> further)
    {
        var sort = query["sort"].ToString();
        var all = Parameters.Choice(query, "match", "any", "all") == "all";
        var facets = Facet(query["facets"].ToString());
        var request = new SearchRequest(
            query["table"].ToString() is { Length: > 0 } table
                ? table
                : throw Bad("'table' is missing.", "Name the pipeline's table: ?table=products&keyword=…"),
            Words(query["keyword"]),
            Parameters.Number(query, "min_score", 0, 0, 1),
            Conditions(query, further),
            sort.Length == 0 ? null : sort[(sort[0] == '-' ? 1 : 0)..], sort.StartsWith('-'),
            Parameters.Whole(query, "limit", 20, 1, 100), Parameters.Whole(query, "width", 240, 16, 2048),
            query["after"].ToString() is { Length: > 0 } after ? after : null)
        {
            MatchesAll = all,
            Rank = Parameters.Whole(query, "rank", all ? MostRanks : 1, 1, MostRanks),
            Facets = facets,
            Total = query.ContainsKey("total") || facets.Count > 0 ? Count(query) : null,
            NumbersAsText = Parameters.Choice(query, "numbers", "number", "string") == "string",
        };
        return request is { MatchesAll: true, Rank: 1, Keywords.Count: > 1 }
            ? throw Bad("With 'rank=1' no row has all of several keywords.", "Leave 'rank' out, or ask for more: rank=5.")
            : request;
    }

    /// <exception cref="QueryException">A column that the pipeline's file does not allow for this, or a value that it cannot have.</exception>
    public void Check(SearchTarget target)
    {
        var search = target.Definition.Search;
        foreach (var filter in Filters)
        {
            Allow(filter.Column, search.Filters, "filtered by", "search.filters");
            filter.Check(target.Columns[filter.Column]);
        }
        if (Sort is not null && Sort != target.Definition.Columns.Score)
        {
            Allow(Sort, search.Sort, "sorted by", "search.sort");
            RefuseUnordered(Sort, "sorted by");
        }
        foreach (var facet in Facets.Where(f => f != KeywordFacet))
        {
            Allow(facet, search.Filters, "counted by", "search.filters");
            RefuseUnordered(facet, "counted by");
        }

        void Allow(string column, IReadOnlyList<string> allowed, string what, string key)
        {
            if (allowed.Contains(column) && target.Columns.ContainsKey(column))
                return;
            var point = column.LastIndexOf('.');
            if (point > 0 && allowed.Contains(column[..point]))
                throw Bad($"'{column}': there is no comparison '{column[(point + 1)..]}'.", "There are: eq, ne, gt, gte, lt, lte, in, is.");
            var nearest = NearestName.Of(column, [.. allowed, .. Known]);
            throw Bad(
                $"'{Table}' cannot be {what} '{column}'.",
                nearest is not null ? $"Did you mean '{nearest}'?"
                    : allowed.Count == 0 ? $"Allow columns in the pipeline's file: {key}."
                    : $"Allowed are: {string.Join(", ", allowed)}.");
        }

        void RefuseUnordered(string column, string what)
        {
            if (target.Columns[column] is { IsOrdered: false, Type: var type })
                throw Bad($"'{Table}' cannot be {what} '{column}': values of type {type} have no order.", null);
        }
    }

    private static List<string> Words(StringValues values)
    {
        var words = new List<string>(values.Count);
        foreach (var word in values)
        {
            if (!string.IsNullOrEmpty(word))
                words.Add(word);
        }
        return words;
    }

    private static List<SearchFilter> Conditions(IQueryCollection query, IReadOnlyCollection<string> further)
    {
        var filters = new List<SearchFilter>();
        foreach (var (name, values) in query)
        {
            if (!Known.Contains(name) && !further.Contains(name))
                filters.AddRange(values.Select(value => SearchFilter.Read(name, value ?? "")));
        }
        return filters.Count <= MostFilters ? filters : throw Bad($"There are more than {MostFilters} filters.", null);
    }

    private static List<string> Facet(string list)
    {
        if (list.Length == 0)
            return [];
        var facets = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToList();
        return facets.Count <= MostFacets ? facets : throw Bad($"'facets' names more than {MostFacets} columns.", null);
    }

    private static TotalKind Count(IQueryCollection query) =>
        Parameters.Choice(query, "total", "estimate", "exact") == "exact" ? TotalKind.Exact : TotalKind.Estimate;

    private static QueryException Bad(string message, string? hint) => new(ErrorCode.BadRequest, message, hint: hint);
}

/// <summary>How hits are counted.</summary>
internal enum TotalKind
{
    /// <summary>One by one up to <see cref="SearchCounts.Exactly"/>, by a sample beyond.</summary>
    Estimate,

    /// <summary>One by one, however long it takes.</summary>
    Exact,
}
