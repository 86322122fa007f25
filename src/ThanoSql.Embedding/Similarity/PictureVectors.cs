using ThanoSql.Catalog.Similarity;
using ThanoSql.Storage;

namespace ThanoSql.Embedding.Similarity;

/// <summary>The embedding of a picture that somebody asks with.</summary>
public sealed class PictureVectors(NpgsqlDataSource database, ImageEmbedder embedder, EmbeddingSpaces spaces)
{
    /// <summary>From the cache; looked at, and kept, when it is not there.</summary>
    /// <returns>Null when the object is gone or is no picture.</returns>
    public async Task<PictureVector?> OfObjectAsync(ObjectPath path, int trunkId, CancellationToken cancellationToken)
    {
        if (await embedder.EnsureAsync([path], trunkId, views: 1, progress: null, cancellationToken) is not [{ } content])
            return null;
        return await OfContentAsync(content, trunkId, cancellationToken);
    }

    /// <summary>From the cache.</summary>
    /// <returns>Null when this space has none of it.</returns>
    public async Task<PictureVector?> OfContentAsync(long content, int trunkId, CancellationToken cancellationToken) =>
        await PlainEmbeddings.OfAsync(database, trunkId, [content], cancellationToken) is [var stored]
            ? new PictureVector(content, HalfVector.ToFloats(stored.Vector))
            : null;

    /// <summary>Of a picture that is in no store; nothing is kept.</summary>
    /// <exception cref="ThanoSql.Vision.Imaging.ImageRejectedException">The bytes are refused.</exception>
    public async Task<PictureVector> OfBytesAsync(byte[] picture, int trunkId, CancellationToken cancellationToken)
    {
        var space = await spaces.OpenAsync(trunkId, cancellationToken);
        var vector = await space.Embedder.EmbedAsync(picture, contentHash: null, view: 0, cancellationToken);
        return new PictureVector(null, HalfVector.ToFloats(vector));
    }
}

/// <param name="ContentId">Null for a picture that is in no store.</param>
/// <param name="Vector">[dimensions], L2-normalised.</param>
public sealed record PictureVector(long? ContentId, float[] Vector);
