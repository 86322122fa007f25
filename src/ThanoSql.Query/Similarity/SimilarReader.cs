using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>Pages of similar pictures as records, for callers in this process: read from the bytes that others get over HTTP.</summary>
internal sealed class SimilarReader(SimilarSearcher searcher)
{
    /// <inheritdoc cref="SimilarSearcher.SearchAsync"/>
    public async Task<(SearchTarget Target, SimilarAnswer Answer)> ReadAsync(
        SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var (target, page) = await searcher.SearchAsync(request, caller, cancellationToken);
        var answer = page.Read<SimilarAnswer>();
        searcher.Return(page);
        return (target, answer);
    }
}
