using System.Numerics.Tensors;
using ThanoSql.Catalog.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>The contents whose embeddings are nearest to a vector: exact, by cosine similarity.</summary>
public sealed class SimilarContents(NpgsqlDataSource database)
{
    /// <param name="trunkId">The embedding space.</param>
    /// <param name="vector">Of the space's dimensions, finite, of any length but 0.</param>
    /// <param name="top">Answers at most; from 1.</param>
    /// <param name="among">Only these contents; null for all of the space.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Best first; equals by content.</returns>
    public async Task<IReadOnlyList<SimilarContent>> NearestAsync(
        int trunkId, ReadOnlyMemory<float> vector, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        var stored = among is null
            ? await PlainEmbeddings.AllAsync(database, trunkId, cancellationToken)
            : await PlainEmbeddings.OfAsync(database, trunkId, among, cancellationToken);
        return [.. stored
            .Select(e => new SimilarContent(e.ContentId, TensorPrimitives.CosineSimilarity(vector.Span, HalfVector.ToFloats(e.Vector))))
            .OrderByDescending(c => c.Similarity).ThenBy(c => c.ContentId).Take(top)];
    }
}

/// <param name="Similarity">Cosine, -1 to 1.</param>
public readonly record struct SimilarContent(long ContentId, float Similarity);
