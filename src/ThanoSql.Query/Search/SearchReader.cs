namespace ThanoSql.Query.Search;

/// <summary>Pages of hits as records, for callers in this process: read from the bytes that others get over HTTP.</summary>
internal sealed class SearchReader(Searcher searcher)
{
    /// <inheritdoc cref="Searcher.SearchAsync"/>
    public async Task<(SearchTarget Target, SearchAnswer Answer)> ReadAsync(
        SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var (target, page) = await searcher.SearchAsync(request, caller, cancellationToken);
        var answer = page.Read<SearchAnswer>();
        searcher.Return(page);
        return (target, answer);
    }
}
