using Microsoft.AspNetCore.WebUtilities;
using ThanoSql.Query.Search;
using ThanoSql.Query.Similarity;

namespace ThanoSql.Web.Search;

/// <summary>
/// A search as the address bar holds it: <c>?table=products&amp;q=과일&amp;price.lte=10000&amp;min_score=0.5&amp;sort=-created_at</c>. All but
/// <c>q</c>, <c>like</c> and <c>unsure</c> is named as in <c>GET /api/v1/search</c>.
/// </summary>
public sealed record SearchAddress
{
    private static readonly string[] Names = ["table", "like", "q", "match", "unsure", "min_score", "sort"];

    /// <summary>Null for the first that there is.</summary>
    public string? Table { get; init; }

    /// <summary>The path of a picture that those asked for resemble; null for a search by keyword.</summary>
    public string? Like { get; init; }

    /// <summary>Labels or synonyms; none for all pictures.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether a picture must have all of the words, not any.</summary>
    public bool MatchesAll { get; init; }

    /// <summary>Whether those are asked for of which the model was not sure.</summary>
    public bool Unsure { get; init; }

    /// <summary>0 to 1.</summary>
    public double MinScore { get; init; }

    /// <summary>Parameter, such as <c>price.lte</c>, and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Filters { get; init; } = [];

    /// <summary>A column, with a minus for descending; null for the best score first.</summary>
    public string? Sort { get; init; }

    /// <summary>Whether it narrows the pictures down at all.</summary>
    public bool IsNarrow => Like is not null || Words.Count > 0 || Unsure || MinScore > 0 || Filters.Count > 0;

    /// <param name="address">Whole; what it holds beside a search is a filter that the table refuses.</param>
    public static SearchAddress Of(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(address).Query);
        return new SearchAddress
        {
            Table = One("table"),
            Like = One("like"),
            Words = query.TryGetValue("q", out var words) ? [.. words.Where(word => !string.IsNullOrWhiteSpace(word)).Distinct()!] : [],
            MatchesAll = One("match") == "all",
            Unsure = One("unsure") == "true",
            MinScore = double.TryParse(One("min_score"), NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && score is > 0 and <= 1
                ? score : 0,
            Filters =
            [
                .. query.Where(pair => !Names.Contains(pair.Key)).SelectMany(pair => pair.Value.Select(v => KeyValuePair.Create(pair.Key, v ?? ""))),
            ],
            Sort = One("sort"),
        };

        string? One(string name) => query.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } value ? value : null;
    }

    /// <summary>Relative to the page.</summary>
    public override string ToString()
    {
        var pairs = new List<KeyValuePair<string, string?>> { new("table", Table), new("like", Like) };
        pairs.AddRange(Words.Select(word => KeyValuePair.Create<string, string?>("q", word)));
        pairs.Add(new("match", MatchesAll ? "all" : null));
        pairs.Add(new("unsure", Unsure ? "true" : null));
        pairs.Add(new("min_score", MinScore > 0 ? MinScore.ToString("0.##", CultureInfo.InvariantCulture) : null));
        pairs.AddRange(Filters.Select(filter => KeyValuePair.Create<string, string?>(filter.Key, filter.Value)));
        pairs.Add(new("sort", Sort));
        var text = string.Join(
            '&',
            pairs.Where(pair => pair.Value is not null).Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value!)}"));
        return text.Length == 0 ? "" : $"?{text}";
    }

    /// <summary>The value of a filter; null where there is none.</summary>
    public string? Filter(string parameter) => Filters.Where(f => f.Key == parameter).Select(f => f.Value).FirstOrDefault();

    /// <summary>With another value of a filter, or none.</summary>
    public SearchAddress With(string parameter, string? value) => this with
    {
        Filters = string.IsNullOrWhiteSpace(value)
            ? [.. Filters.Where(f => f.Key != parameter)]
            : [.. Filters.Where(f => f.Key != parameter), KeyValuePair.Create(parameter, value.Trim())],
    };

    /// <summary>With a word more or less. Those of which nothing is sure have no word.</summary>
    public SearchAddress Toggled(string word) => this with
    {
        Words = Words.Contains(word) ? [.. Words.Where(w => w != word)] : [.. Words, word],
        Unsure = false,
    };

    /// <exception cref="Planning.QueryException">A filter that cannot be.</exception>
    internal SearchRequest ToRequest(string table, IReadOnlyList<string> keywords, int limit, int width, string? after) => new(
        table, keywords, MinScore, [.. Filters.Select(f => SearchFilter.Read(f.Key, f.Value))], Sort?.TrimStart('-'),
        Sort?.StartsWith('-') is true, limit, width, after)
    {
        MatchesAll = MatchesAll && Words.Count > 1,
        Rank = MatchesAll && Words.Count > 1 ? SearchRequest.MostRanks : 1,
        Unsure = Unsure,
        Near = Like is null ? null : new NearPicture(Like, Hash: null),
    };
}
