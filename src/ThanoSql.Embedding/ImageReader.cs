using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;

namespace ThanoSql.Embedding;

/// <summary>Configuration section <c>Indexing</c>: what holds for everybody who reads pictures, worker or not.</summary>
public sealed class ReadingOptions
{
    public const string Section = "Indexing";

    /// <summary>Larger objects are refused, in bytes.</summary>
    [Range(1024, 1L << 31)]
    public long MaxBytes { get; set; } = 128L << 20;
}

/// <summary>
/// Reads objects as they are now and finds out which of their embeddings are missing: a copy of a known content has them already.
/// </summary>
public sealed class ImageReader(IObjectStore store, NpgsqlDataSource database, EmbeddingSpaces spaces, IOptions<ReadingOptions> options)
{
    private readonly GatheredLookups<byte[], HashSet<(int TrunkId, int View)>> _views =
        new((hashes, cancellationToken) => ContentLedger.ViewsOfAsync(database, hashes, cancellationToken));

    /// <param name="path">Of the object.</param>
    /// <param name="trunks">The embedding spaces that want it.</param>
    /// <param name="views">1 for the plain view alone; more for training augmentations.</param>
    /// <param name="refusedETag">An object with this etag is known to be no picture and is left unread; null for none.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="Vision.Trunks.TrunkException">A space whose embedding is missing cannot be opened.</exception>
    public async Task<Look> ReadAsync(
        ObjectPath path, IReadOnlyCollection<int> trunks, int views, string? refusedETag, CancellationToken cancellationToken)
    {
        ObjectInfo? info = null;
        byte[] bytes;
        try
        {
            await using var found = await store.OpenReadAsync(path, cancellationToken);
            info = found?.Info;
            if (found is null || found.Info.ETag == refusedETag)
                return new Look(info);
            bytes = await found.ReadAllAsync(options.Value.MaxBytes, cancellationToken);
        }
        catch (Exception error) when (ImageFailure.Of(error) is { } failure)
        {
            return new Look(info, failure);
        }
        var hash = SHA256.HashData(bytes);
        return new Look(info!, bytes, hash, await MissingAsync(hash, trunks, views, cancellationToken));
    }

    /// <summary>What the store says of an object without reading it; null when it is gone.</summary>
    /// <exception cref="StoreException">The store does not say.</exception>
    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) => store.StatAsync(path, cancellationToken);

    private async Task<List<MissingView>> MissingAsync(byte[] hash, IReadOnlyCollection<int> trunks, int views, CancellationToken cancellationToken)
    {
        var known = await _views.GetAsync(hash, cancellationToken);
        var missing = new List<MissingView>();
        foreach (var trunk in trunks)
        {
            var open = Enumerable.Range(0, views).Where(view => !known.Contains((trunk, view))).ToList();
            if (open.Count == 0)
                continue;
            var space = await spaces.OpenAsync(trunk, cancellationToken);
            missing.AddRange(open.Select(view => new MissingView(space, view)));
        }
        return missing;
    }
}
