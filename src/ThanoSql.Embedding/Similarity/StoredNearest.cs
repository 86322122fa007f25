using System.Runtime.InteropServices;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Finds the nearest by the embeddings as the database has them.</summary>
internal sealed class StoredNearest(NpgsqlDataSource database)
{
    private const int Together = 4096; // contents asked for by one statement
    private const int First = 512; // candidates, which are mostly fewer

    /// <summary>The nearest of all, or of some contents. Reads all of these.</summary>
    public async Task<IReadOnlyList<SimilarContent>> OfAsync(
        int trunkId, CosineQuery query, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        var nearest = new NearestSoFar(top);
        if (among is null)
        {
            await PlainEmbeddings.ReadAsync(database, trunkId, Take, cancellationToken);
            return nearest.Best;
        }
        foreach (var contents in among.Distinct().Chunk(Together))
            await PlainEmbeddings.ReadAsync(database, trunkId, contents, Take, cancellationToken);
        return nearest.Best;

        void Take(long content, ReadOnlySpan<byte> stored) => Offer(nearest, query, content, stored);
    }

    /// <summary>The nearest of candidates. Reads no more of these than it takes to be certain, mostly by one statement.</summary>
    /// <param name="trunkId">The embedding space.</param>
    /// <param name="query">What they are compared with.</param>
    /// <param name="top">Answers at most.</param>
    /// <param name="candidates">The largest bound first, equals by content.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Null when a candidate has no embedding any more: another may have to take its place.</returns>
    public async Task<IReadOnlyList<SimilarContent>?> OfAsync(
        int trunkId, CosineQuery query, int top, IReadOnlyList<Candidate> candidates, CancellationToken cancellationToken)
    {
        var nearest = new NearestSoFar(top);
        var (next, read) = (0, 0);
        while (true)
        {
            var contents = new List<long>();
            var most = next == 0 ? Math.Max(First, top) : Together;
            for (; next < candidates.Count && contents.Count < most && nearest.Takes(candidates[next].Content, candidates[next].Most); next++)
                contents.Add(candidates[next].Content);
            if (contents.Count == 0)
                return nearest.Best;
            await PlainEmbeddings.ReadAsync(database, trunkId, contents, Take, cancellationToken);
            if (read < next)
                return null;
        }

        void Take(long content, ReadOnlySpan<byte> stored)
        {
            read++;
            Offer(nearest, query, content, stored);
        }
    }

    // Those that are not finite, or of another length, are near to nothing
    private static void Offer(NearestSoFar nearest, CosineQuery query, long content, ReadOnlySpan<byte> stored)
    {
        if (stored.Length == query.Dimensions * sizeof(short) && query.Similarity(MemoryMarshal.Cast<byte, Half>(stored)) is var found
            && !float.IsNaN(found))
        {
            nearest.Offer(content, found);
        }
    }
}
