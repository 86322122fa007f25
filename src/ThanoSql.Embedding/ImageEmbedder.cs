using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Embedding;

/// <summary>
/// Looks at objects that a statement names, as far as the catalog does not know the answer, and commits what it finds. Safe in any number of
/// processes at once.
/// </summary>
public sealed class ImageEmbedder(NpgsqlDataSource database, ImageReader reader, InferenceSessionFactory sessions, IOptions<VisionOptions> vision)
{
    // Small enough that a kill costs little, large enough that commits cost little.
    private const int BatchSize = 32;

    /// <param name="paths">Distinct or not, of any buckets.</param>
    /// <param name="trunkId">The embedding space.</param>
    /// <param name="views">1 for the plain view alone; more for training augmentations.</param>
    /// <param name="progress">Told after each batch; null for nobody.</param>
    /// <param name="cancellationToken">What is committed by then stays.</param>
    /// <returns>
    /// For each distinct path, in order, the content that has the embeddings now; null when the object is gone, is no picture, or the store did not
    /// give it.
    /// </returns>
    public async Task<IReadOnlyList<long?>> EnsureAsync(
        IReadOnlyList<ObjectPath> paths, int trunkId, int views, IProgress<EmbeddingProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var distinct = paths.Distinct().ToList();
        var known = await KnownImages.FindAsync(
            database, [.. distinct.Select(p => p.Bucket)], [.. distinct.Select(p => p.Key)], trunkId, views, cancellationToken);
        var contents = known.ConvertAll(k => k is { HasViews: true, State: ImageState.Indexed or ImageState.Pending } ? k.ContentId : null);
        var open = Enumerable.Range(0, distinct.Count).Where(i => contents[i] is null).ToList();
        var done = 0;
        var committing = Task.CompletedTask;
        try
        {
            foreach (var batch in open.Chunk(Math.Max(BatchSize, 2 * sessions.PicturesAtOnce)))
            {
                var seen = await LookAsync([.. batch.Select(i => (distinct[i], known[i]))], trunkId, views, cancellationToken);
                await committing;
                committing = FinishAsync(batch, seen);
            }
        }
        finally
        {
            await committing; // goes on while the next ones are looked at
        }
        return contents;

        async Task FinishAsync(int[] batch, Seen[] seen)
        {
            foreach (var (i, content) in batch.Zip(await CommitAsync(seen, cancellationToken)))
                contents[i] = content;
            done += batch.Length;
            progress?.Report(new EmbeddingProgress(done, open.Count));
        }
    }

    /// <summary>Reads as far ahead as batches want it, and decodes one picture a core.</summary>
    private async Task<Seen[]> LookAsync((ObjectPath Path, KnownImage Image)[] batch, int trunkId, int views, CancellationToken cancellationToken)
    {
        var seen = new Seen[batch.Length];
        using var cores = new SemaphoreSlim(vision.Value.Threads);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = sessions.PicturesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, batch.Length, parallel, async (n, token) =>
        {
            var (path, image) = batch[n];
            var look = await reader.ReadAsync(path, [trunkId], views, image.IsRefused ? image.ETag : null, token);
            await cores.WaitAsync(token);
            ValueTask embedding;
            try
            {
                embedding = look.EmbedAsync(token);
            }
            finally
            {
                cores.Release();
            }
            await embedding;
            seen[n] = new Seen(image, look);
        });
        return seen;
    }

    private async Task<long?[]> CommitAsync(Seen[] seen, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var pictures = seen.Select(s => s.Look).Where(l => l.IsPicture).ToList();
        var contents = pictures.Zip(await Look.AddAsync(connection, pictures, cancellationToken)).ToDictionary(p => p.First, p => (long?)p.Second);
        await KnownImages.WriteAsync(
            connection, [.. seen.Select(s => s.ToRow(contents.GetValueOrDefault(s.Look))).OfType<SeenObject>()], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. seen.Select(s => contents.GetValueOrDefault(s.Look))];
    }

    private sealed record Seen(KnownImage Image, Look Look)
    {
        /// <summary>Null when there is nothing new to say: the store did not give it, or the catalog says so already.</summary>
        public SeenObject? ToRow(long? content)
        {
            ImageState? state = Look switch
            {
                { IsPicture: true } => ImageState.Indexed,
                { IsGone: true } => ImageState.Gone,
                { Failure.Kind: FailureKind.Poison } => ImageState.Failed,
                _ => null,
            };
            return state is not { } found ? null : new SeenObject(Image, found)
            {
                ETag = Look.Info?.ETag,
                Size = Look.Info?.Size,
                ContentId = content,
                Failure = Look.Failure?.Reason,
            };
        }
    }
}

/// <summary>How far an <see cref="ImageEmbedder.EnsureAsync"/> has come, in images that had to be looked at.</summary>
public readonly record struct EmbeddingProgress(int Done, int Total);
