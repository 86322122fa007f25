using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Embedding;

/// <summary>
/// Looks at objects that a statement names: reads, decodes, embeds and commits, as far as the catalog does not know the answer. Safe in any number of
/// processes at once.
/// </summary>
public sealed class ImageEmbedder(NpgsqlDataSource database, IObjectStore store, EmbeddingSpaces trunks, IOptions<VisionOptions> vision)
{
    // Small enough that a kill costs little, large enough that commits cost little.
    private const int BatchSize = 32;

    /// <summary>A larger object is refused.</summary>
    public const long MaxBytes = 128L << 20;

    /// <param name="paths">Distinct or not, of any buckets.</param>
    /// <param name="trunkId">The embedding space.</param>
    /// <param name="views">1 for the plain view alone; more for training augmentations.</param>
    /// <param name="progress">Told after each batch; null for nobody.</param>
    /// <param name="cancellationToken">What is committed by then stays.</param>
    /// <returns>One for each distinct path, in order.</returns>
    public async Task<IReadOnlyList<SeenImage>> EnsureAsync(
        IReadOnlyList<ObjectPath> paths, int trunkId, int views, IProgress<EmbeddingProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var distinct = paths.Distinct().ToList();
        var known = await KnownImages.FindAsync(
            database, [.. distinct.Select(p => p.Bucket)], [.. distinct.Select(p => p.Key)], trunkId, views, cancellationToken);
        var results = new SeenImage?[distinct.Count];
        var open = new List<int>();
        for (var i = 0; i < distinct.Count; i++)
        {
            if (known[i] is { HasViews: true, ContentId: { } content, State: "indexed" or "pending" })
                results[i] = new SeenImage.Embedded(distinct[i], content);
            else
                open.Add(i);
        }
        if (open.Count == 0)
            return results!;

        var space = await trunks.OpenAsync(trunkId, cancellationToken);
        var done = 0;
        foreach (var batch in open.Chunk(BatchSize))
        {
            var seen = new ConcurrentDictionary<int, Look>();
            await Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = vision.Value.Threads, CancellationToken = cancellationToken },
                async (i, token) => seen[i] = await LookAsync(distinct[i], known[i], space, views, token));
            foreach (var (i, result) in await CommitAsync(space.TrunkId, seen, cancellationToken))
                results[i] = result;
            done += batch.Length;
            progress?.Report(new EmbeddingProgress(done, open.Count));
        }
        return results!;
    }

    private async ValueTask<Look> LookAsync(ObjectPath path, KnownImage known, EmbeddingSpace space, int views, CancellationToken cancellationToken)
    {
        try
        {
            await using var found = await store.OpenReadAsync(path, cancellationToken);
            if (found is null)
                return new Look(new SeenImage.Gone(path), known);
            if (known.Failure is { } failure && known.ETag == found.Info.ETag)
                return new Look(new SeenImage.Poison(path, failure), known, Repeated: true);
            var bytes = await found.ReadAllAsync(MaxBytes, cancellationToken);
            return Embed(path, known, found.Info, bytes, space.Embedder, views);
        }
        catch (StoreRefusedException refused)
        {
            return new Look(new SeenImage.Poison(path, refused.Message), known);
        }
        catch (StoreException unavailable)
        {
            return new Look(new SeenImage.Transient(path, unavailable.Message), known);
        }
    }

    private static Look Embed(ObjectPath path, KnownImage known, ObjectInfo info, byte[] bytes, Embedder embedder, int views)
    {
        var hash = SHA256.HashData(bytes);
        try
        {
            var vectors = Enumerable.Range(0, views).Select(view => Bytes(embedder.Embed(bytes, hash, view))).ToArray();
            return new Look(new SeenImage.Embedded(path, 0), known, info, hash, vectors);
        }
        catch (ImageRejectedException rejected)
        {
            return new Look(new SeenImage.Poison(path, $"{rejected.Code}: {rejected.Message}"), known, info);
        }
    }

    private async Task<List<(int Index, SeenImage Result)>> CommitAsync(
        int trunkId, IReadOnlyDictionary<int, Look> seen, CancellationToken cancellationToken)
    {
        var embedded = seen.Where(s => s.Value.Hash is not null).ToList();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var contents = await ContentLedger.EnsureAsync(connection, [.. embedded.Select(s => s.Value.Hash!)], cancellationToken);
        var contentOf = embedded.Select((s, n) => (s.Key, contents[n])).ToDictionary(p => p.Key, p => p.Item2);
        await ContentLedger.AddEmbeddingsAsync(
            connection,
            embedded.SelectMany(s => s.Value.Vectors!.Select((vector, view) => new NewEmbedding(trunkId, contentOf[s.Key], view, vector))),
            cancellationToken);
        await KnownImages.WriteAsync(
            connection, [.. seen.Where(s => s.Value.IsNews).Select(s => s.Value.ToRow(contentOf.TryGetValue(s.Key, out var id) ? id : null))],
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. seen.Select(s => (s.Key, contentOf.TryGetValue(s.Key, out var id) ? new SeenImage.Embedded(s.Value.Result.Path, id) : s.Value.Result))];
    }

    private static byte[] Bytes(Half[] vector) => MemoryMarshal.AsBytes(vector.AsSpan()).ToArray();

    /// <param name="Hash">Of the bytes read; null when they gave no embedding.</param>
    /// <param name="Vectors">One a view.</param>
    /// <param name="Repeated">The catalog said so already.</param>
    private sealed record Look(
        SeenImage Result, KnownImage Known, ObjectInfo? Info = null, byte[]? Hash = null, byte[][]? Vectors = null, bool Repeated = false)
    {
        public bool IsNews => !Repeated && Result is not SeenImage.Transient;

        public SeenObject ToRow(long? content) => new(
            Result.Path.Bucket, Result.Path.Key, Known.Generation,
            Result switch { SeenImage.Embedded => "indexed", SeenImage.Poison => "failed", _ => "gone" },
            Info?.ETag, Info?.Size, content, (Result as SeenImage.Poison)?.Reason);
    }
}
