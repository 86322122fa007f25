using Microsoft.Extensions.Primitives;

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
    /// <summary>With one of these begins the image path of each hit; none: all are hits. Of the token that asks, not of the request.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    private static readonly string[] Known = ["table", "keyword", "min_score", "sort", "limit", "width", "after"];

    /// <exception cref="QueryException">A parameter is missing, unknown or out of its range.</exception>
    public static SearchRequest Read(IQueryCollection query)
    {
        var sort = query["sort"].ToString();
        return new SearchRequest(
            query["table"].ToString() is { Length: > 0 } table
                ? table
                : throw Bad("'table' is missing.", "Name the pipeline's table: ?table=products&keyword=…"),
            Words(query["keyword"]),
            Number(query, "min_score", 0, 0, 1),
            Conditions(query),
            sort.Length == 0 ? null : sort[(sort[0] == '-' ? 1 : 0)..], sort.StartsWith('-'),
            Whole(query, "limit", 20, 1, 100), Whole(query, "width", 240, 16, 2048),
            query["after"].ToString() is { Length: > 0 } after ? after : null);
    }

    /// <exception cref="QueryException">A column that the pipeline's file does not allow for this.</exception>
    public void Check(SearchTarget target)
    {
        var search = target.Definition.Search;
        foreach (var filter in Filters)
            Allow(filter.Column, search.Filters, "filtered by", "search.filters");
        if (Sort is not null && Sort != target.Definition.Columns.Score)
            Allow(Sort, search.Sort, "sorted by", "search.sort");

        void Allow(string column, IReadOnlyList<string> allowed, string what, string key)
        {
            if (allowed.Contains(column) && target.Columns.ContainsKey(column))
                return;
            var nearest = NearestName.Of(column, [.. allowed, .. Known]);
            throw Bad(
                $"'{Table}' cannot be {what} '{column}'.",
                nearest is not null ? $"Did you mean '{nearest}'?"
                    : allowed.Count == 0 ? $"Allow columns in the pipeline's file: {key}."
                    : $"Allowed are: {string.Join(", ", allowed)}.");
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

    private static List<SearchFilter> Conditions(IQueryCollection query)
    {
        var filters = new List<SearchFilter>();
        foreach (var (name, values) in query)
        {
            if (!Known.Contains(name))
                filters.AddRange(values.Select(value => SearchFilter.Read(name, value ?? "")));
        }
        return filters;
    }

    private static int Whole(IQueryCollection query, string name, int fallback, int least, int most)
    {
        var number = Number(query, name, fallback, least, most);
        return double.IsInteger(number) ? (int)number : throw Bad($"'{name}' is a whole number, not '{query[name]}'.", null);
    }

    private static double Number(IQueryCollection query, string name, double fallback, double least, double most)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return fallback;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw Bad(string.Create(CultureInfo.InvariantCulture, $"'{name}' is a number from {least} to {most}, not '{text}'."), null);
    }

    private static QueryException Bad(string message, string? hint) => new(ErrorCode.BadRequest, message, hint: hint);
}

/// <summary>A condition on one column: <c>price.lte=10000</c>; without a point it is equality.</summary>
/// <param name="Operator">Of SQL.</param>
/// <param name="Value">As text; PostgreSQL reads it as the column's type.</param>
internal sealed record SearchFilter(string Column, string Operator, string Value)
{
    public static SearchFilter Read(string name, string value)
    {
        var point = name.LastIndexOf('.');
        var comparison = point < 0 ? null : name[(point + 1)..] switch
        {
            "eq" => "=",
            "gte" => ">=",
            "lte" => "<=",
            "gt" => ">",
            "lt" => "<",
            _ => null,
        };
        return comparison is null ? new SearchFilter(name, "=", value) : new SearchFilter(name[..point], comparison, value);
    }
}
