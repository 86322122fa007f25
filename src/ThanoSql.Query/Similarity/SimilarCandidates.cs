using System.Runtime.CompilerServices;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Query.Similarity;

/// <summary>
/// Contents that may be hits, the most similar first, in batches as large as they are needed. The index is asked for more of them than a page takes,
/// since a filter leaves some. Where that does not fill the page, the filter is asked first: of a filter that few rows pass, those are compared.
/// </summary>
/// <param name="contents">The index.</param>
/// <param name="near">What is asked for.</param>
/// <param name="space">Where pictures are compared.</param>
/// <param name="asked">The picture asked with.</param>
internal sealed class SimilarCandidates(SimilarContents contents, NearPicture near, int space, PictureVector asked)
{
    private const int Growth = 8;
    private const int FirstBatch = 250;
    private const int BatchGrowth = 4;
    private const int Decimals = 6;

    /// <param name="first">Contents that the index is asked for at first.</param>
    /// <param name="from">The similarity to begin with; infinite for the best.</param>
    /// <param name="passing">Gives the contents of the rows that pass the filter; null where there are too many.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Contents of the same similarity are in the same batch.</returns>
    public async IAsyncEnumerable<IReadOnlyList<SimilarContent>> BatchesAsync(
        int first, float from, Func<CancellationToken, Task<IReadOnlyCollection<long>?>> passing,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyCollection<long>? among = null;
        var (below, isBegun, isFilterAsked) = (from, false, false);
        for (var top = first; ;)
        {
            var found = await NearestAsync(top, among, cancellationToken);
            var isAll = found.Count < top;
            // Where the list is cut, there may be more of the last one's similarity
            var sure = isAll ? found.Count : found.FindIndex(c => c.Similarity == found[^1].Similarity);
            var at = found.FindIndex(c => isBegun ? c.Similarity < below : c.Similarity <= below);
            for (var size = FirstBatch; at >= 0 && at < sure; size *= BatchGrowth)
            {
                var end = Math.Min(at + size, sure);
                while (end < sure && found[end].Similarity == found[end - 1].Similarity)
                    end++;
                yield return found[at..end].FindAll(IsCandidate);
                (below, isBegun, at) = (found[end - 1].Similarity, true, end);
                if (below < near.MinSimilarity)
                    yield break;
            }
            if (isAll || found[^1].Similarity < near.MinSimilarity)
                yield break;
            if (!isFilterAsked)
                among = await passing(cancellationToken);
            if (isFilterAsked || among is null)
                top *= Growth;
            isFilterAsked = true;
        }
    }

    /// <summary>As it is told: pages are cut by it, so it is the same in every process.</summary>
    public static float Rounded(float similarity) => MathF.Round(similarity, Decimals);

    private bool IsCandidate(SimilarContent content) =>
        content.Similarity >= near.MinSimilarity && (near.Self || content.ContentId != asked.ContentId);

    private async Task<List<SimilarContent>> NearestAsync(int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken) =>
        [.. (await contents.NearestAsync(space, asked.Vector, top, among, cancellationToken))
            .Select(c => c with { Similarity = Rounded(c.Similarity) }).Where(c => !float.IsNaN(c.Similarity))];
}
