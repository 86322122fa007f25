using ThanoSql.Query.Search;
using ThanoSql.Query.Similarity;

namespace ThanoSql.Web.Search;

/// <summary>Asks what the page shows.</summary>
internal sealed class SearchLoader(SearchCatalog catalog, SearchReader reader, SimilarReader similar, KeywordLists keywords)
{
    /// <summary>Pictures of a page: a screen and what lies just below it.</summary>
    public const int PageSize = 60;

    private const int Width = 320; // of a square on a dense screen
    private const int MostKeywords = 1_000;

    // Each label is a scan of its own over the index; without labels the database would sort all rows
    private const int MostLabels = 200;

    /// <summary>The table that an address names, or the first; null when there is none.</summary>
    public async Task<SearchTable?> TableAsync(SearchAddress address, Caller caller, CancellationToken cancellationToken)
    {
        var tables = await catalog.TablesAsync(caller.Token, cancellationToken);
        if ((address.Table ?? tables.OrderByDescending(t => t.Active).Select(t => t.Definition.Table).FirstOrDefault()) is not { } name)
            return null;
        var unsure = new SearchAddress { Unsure = true }.ToRequest(name, [], 1, Width, null) with { Total = TotalKind.Estimate };
        var counted = keywords.CompleteAsync(name, "", MostKeywords, caller.Token, cancellationToken);
        var (target, answer) = await reader.ReadAsync(unsure, caller, cancellationToken);
        return SearchTable.Of(target, [.. tables.Select(t => t.Definition.Table)], await counted, answer.Total?.Value ?? 0);
    }

    /// <summary>The first pictures of a search, and how many there are.</summary>
    public async Task<SearchResults> FirstAsync(SearchAddress address, string table, Caller caller, CancellationToken cancellationToken)
    {
        var request = address.ToRequest(table, await WordsAsync(address, table, cancellationToken), PageSize, Width, null);
        return await AskAsync(request with { Total = TotalKind.Estimate }, caller, cancellationToken);
    }

    /// <summary>The pictures behind those that are shown.</summary>
    public async Task<SearchResults> MoreAsync(
        SearchAddress address, string table, SearchResults shown, Caller caller, CancellationToken cancellationToken)
    {
        var request = address.ToRequest(table, shown.Asked, PageSize, Width, shown.Next);
        var more = await AskAsync(request, caller, cancellationToken);
        return shown with { Pictures = [.. shown.Pictures, .. more.Pictures], Next = more.Next };
    }

    private async Task<SearchResults> AskAsync(SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        if (request.Near is null)
            return Results(await reader.ReadAsync(request, caller, cancellationToken), request.Keywords);
        var (target, answer) = await similar.ReadAsync(request, caller, cancellationToken);
        var pictures = answer.Results.Select(hit => FoundPicture.Of(hit, target)).ToList();
        return new SearchResults(pictures, answer.Next, request.Keywords, 0, false, Unknown(answer.UnknownKeywords));
    }

    private async Task<IReadOnlyList<string>> WordsAsync(SearchAddress address, string table, CancellationToken cancellationToken)
    {
        if (address.Words.Count > 0 || address.Unsure || address.Like is not null)
            return address.Words;
        var labels = (await catalog.FindAsync(table, cancellationToken)).Labels;
        return labels.Count <= MostLabels ? labels : [];
    }

    private static SearchResults Results((SearchTarget Target, SearchAnswer Answer) found, IReadOnlyList<string> asked) => new(
        [.. found.Answer.Results.Select(hit => FoundPicture.Of(hit, found.Target))], found.Answer.Next, asked, found.Answer.Total?.Value ?? 0,
        found.Answer.Total?.Relation == "estimate", Unknown(found.Answer.UnknownKeywords));

    private static List<UnknownWord> Unknown(IEnumerable<UnknownKeyword> words) => [.. words.Select(u => new UnknownWord(u.Keyword, u.Nearest))];
}

/// <summary>Pictures that were found, as far as somebody scrolled.</summary>
/// <param name="Pictures">In order.</param>
/// <param name="Next">Behind which the next page begins; null when these are all.</param>
/// <param name="Asked">The words of the search: those of the next page must be the same.</param>
/// <param name="Total">Of all pages; 0 where similar pictures were asked for, which nobody counts.</param>
/// <param name="IsEstimate">Whether the total is one.</param>
/// <param name="Unknown">Words that no label has.</param>
public sealed record SearchResults(
    IReadOnlyList<FoundPicture> Pictures, string? Next, IReadOnlyList<string> Asked, long Total, bool IsEstimate, IReadOnlyList<UnknownWord> Unknown);

/// <param name="Word">As it was asked for.</param>
/// <param name="Nearest">What was probably meant.</param>
public sealed record UnknownWord(string Word, string? Nearest);
