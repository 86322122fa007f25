using System.Collections.Concurrent;
using System.Security.Cryptography;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Vision;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Embedding;

/// <summary>
/// Opens embedding spaces, each once: by an algorithm's name for a new model, by its row for images of an existing one. Those that were used last
/// hold their trunk in memory, the others are evicted, so that a process does not grow with every model that it has ever served.
/// </summary>
public sealed class EmbeddingSpaces(
    TrunkCatalog catalog, TrunkStore store, InferenceSessionFactory sessions, IOptions<VisionOptions> vision,
    IOptions<ModelOptions> models) : IDisposable
{
    private const int Loaded = 4;

    private readonly ConcurrentDictionary<int, OpenSpace> _open = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private long _clock;

    /// <param name="algorithm">For example <c>ConvNeXt_Tiny</c>.</param>
    /// <param name="preprocessing">Null for what the weights were trained with.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="TrunkException">The weights cannot be had, or are damaged.</exception>
    public async Task<EmbeddingSpace> OpenAsync(string algorithm, Preprocessing? preprocessing, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(algorithm, cancellationToken);
        return await OpenAsync(found.Path, found.Origin, found.Note, preprocessing ?? Recommended(found), cancellationToken);
    }

    /// <exception cref="TrunkException">No file here has the weights of that row, or it is an uploaded network that rests.</exception>
    public async Task<EmbeddingSpace> OpenAsync(int trunkId, CancellationToken cancellationToken)
    {
        if (_open.TryGetValue(trunkId, out var open))
        {
            await HeedRestAsync(open.Space, cancellationToken);
            return Use(open);
        }
        var row = await catalog.GetAsync(trunkId, cancellationToken);
        return await OpenAsync(
            await FileOfAsync(row, cancellationToken), OriginOf(row), null, Preprocessing.Parse(row.Preprocessing), cancellationToken);
    }

    /// <summary>A space that a file names: nothing of it is noted before its weights are found here.</summary>
    /// <param name="identity">Of ConvNeXt weights.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="TrunkException">No file here has those weights.</exception>
    public async Task<EmbeddingSpace> OpenAsync(TrunkIdentity identity, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var named = new TrunkRow
        {
            Key = identity.Key,
            Variant = ConvNeXtVariant.Find(identity.Variant)?.AlgorithmName ?? throw new TrunkException($"There is no trunk '{identity.Variant}'."),
            WeightsSha256 = identity.Sha256,
            Preprocessing = identity.Preprocessing.Key,
            Dimensions = 0,
            Origin = Word(TrunkOrigin.Installed),
        };
        return await OpenAsync(
            await FileOfAsync(named, cancellationToken), TrunkOrigin.Installed, null, identity.Preprocessing, cancellationToken);
    }

    /// <summary>Keeps a trunk that was made for one model as a file of the model folder, named by what it is, and opens it.</summary>
    /// <param name="file">ConvNeXt weights of a tuned trunk, or the ONNX model of an uploaded one.</param>
    /// <param name="origin">Tuned or uploaded.</param>
    /// <param name="preprocessing">Part of the space's identity.</param>
    /// <param name="cancellationToken">May leave the file behind, which harms nobody.</param>
    public async Task<EmbeddingSpace> AddAsync(byte[] file, TrunkOrigin origin, Preprocessing preprocessing, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(models.Value.Folder);
        var path = OwnFile(origin, Convert.ToHexStringLower(SHA256.HashData(file)));
        AtomicFile.Write(path, file);
        return await OpenAsync(path, origin, null, preprocessing, cancellationToken);
    }

    /// <summary>Removes the file and the embeddings of a trunk that was made for one model, unless a version still uses it.</summary>
    public async Task ReleaseAsync(int trunkId, CancellationToken cancellationToken)
    {
        var released = await catalog.ReleaseAsync(trunkId, row => File.Delete(OwnFile(OriginOf(row), row.WeightsSha256)), cancellationToken);
        if (released && _open.TryRemove(trunkId, out var open))
            open.Space.Embedder.Dispose();
    }

    public void Dispose()
    {
        foreach (var open in _open.Values)
            open.Space.Embedder.Dispose();
        _opening.Dispose();
    }

    private async Task<EmbeddingSpace> OpenAsync(
        string path, TrunkOrigin origin, string? note, Preprocessing preprocessing, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            var trunk = Trunk.Open(path);
            var identity = new TrunkIdentity(trunk.Sha256, trunk.Variant, preprocessing);
            var id = await catalog.EnsureAsync(
                new TrunkRow
                {
                    Key = identity.Key,
                    Variant = trunk.AlgorithmName,
                    WeightsSha256 = trunk.Sha256,
                    Preprocessing = preprocessing.Key,
                    Dimensions = trunk.EmbeddingSize,
                    Origin = Word(origin),
                },
                cancellationToken);
            if (!_open.TryGetValue(id, out var open))
                open = _open[id] = new OpenSpace(new EmbeddingSpace(id, EmbedderOf(id, trunk, preprocessing, path), path, null));
            await HeedRestAsync(open.Space, cancellationToken);
            return Use(open) with { Note = note };
        }
        finally
        {
            _opening.Release();
        }
    }

    private Embedder EmbedderOf(int id, Trunk trunk, Preprocessing preprocessing, string path)
    {
        var embedder = new Embedder(trunk, preprocessing, sessions, vision.Value, path);
        // For all processes, and those that come; it happens once, on a thread that embeds
        if (embedder.Hosted is { } hosted)
            hosted.Rested += why => catalog.RestAsync(id, why, CancellationToken.None).GetAwaiter().GetResult();
        return embedder;
    }

    /// <summary>Asked before a network of others is started, and while it rests.</summary>
    private async Task HeedRestAsync(EmbeddingSpace space, CancellationToken cancellationToken)
    {
        if (space.Embedder.Hosted is not { } hosted || (hosted.Rest is null && hosted.IsLoaded))
            return;
        if (await catalog.RestOfAsync(space.TrunkId, cancellationToken) is not { } rest)
        {
            // The failures before the third count on
            if (hosted.Rest is not null)
                hosted.Resume();
            return;
        }
        throw new TrunkException(
            rest.Model is null ? rest.Why : $"{rest.Why} Upload it again, or let it try again: thanosql model resume {rest.Model}");
    }

    private EmbeddingSpace Use(OpenSpace open)
    {
        var first = Interlocked.Exchange(ref open.Used, Interlocked.Increment(ref _clock)) == 0;
        if (first || !open.Space.Embedder.IsLoaded)
        {
            foreach (var other in _open.Values.Where(o => o != open).OrderByDescending(o => Volatile.Read(ref o.Used)).Skip(Loaded - 1))
                other.Space.Embedder.Evict();
        }
        return open.Space;
    }

    private sealed class OpenSpace(EmbeddingSpace space)
    {
        /// <summary>The catalog's clock at its last use; 0 before the first.</summary>
        public long Used;

        public EmbeddingSpace Space { get; } = space;
    }

    // Weights may have been renamed or reinstalled since: what counts is their checksum.
    private async Task<string> FileOfAsync(TrunkRow row, CancellationToken cancellationToken)
    {
        if (OriginOf(row) == TrunkOrigin.Uploaded)
            return UploadedFile(row);
        var named = await store.FindAsync(row.Variant, cancellationToken);
        if (named.Sha256 == row.WeightsSha256)
            return named.Path;
        foreach (var folder in new[] { models.Value.Folder, models.Value.BundledFolder }.Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories))
            {
                if (SafeTensors.Open(file).Sha256 == row.WeightsSha256)
                    return file;
            }
        }
        throw new TrunkException($"No file in {models.Value.Folder} has the weights of {row.Key}. Install them there, or build the model again.");
    }

    private string UploadedFile(TrunkRow row)
    {
        var path = OwnFile(TrunkOrigin.Uploaded, row.WeightsSha256);
        return File.Exists(path) && Trunk.Open(path).Sha256 == row.WeightsSha256
            ? path
            : throw new TrunkException(
                $"{path}, which a user uploaded, is gone or was changed. Restore it, or upload the model again with OPTIONS (overwrite=True).");
    }

    private string OwnFile(TrunkOrigin origin, string sha256) =>
        Path.Combine(models.Value.Folder, $"{Word(origin)}-{sha256[..16]}{(origin == TrunkOrigin.Uploaded ? ".onnx" : ".safetensors")}");

    private static TrunkOrigin OriginOf(TrunkRow row) => Enum.Parse<TrunkOrigin>(row.Origin, ignoreCase: true);

    private static Preprocessing Recommended(TrunkWeights weights) =>
        weights.Origin == TrunkOrigin.Bundled && BundledTrunks.Preprocessing.TryGetValue(weights.Variant.AlgorithmName, out var own)
            ? own
            : new Preprocessing();

#pragma warning disable CA1308 // the catalog spells origins in lower case
    private static string Word(TrunkOrigin origin) => origin.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}

/// <summary>An opened embedding space: what embeds, and its row in the catalog.</summary>
/// <param name="TrunkId">Its row.</param>
/// <param name="Embedder">Shared; not to be disposed by those who use it.</param>
/// <param name="WeightsPath">The trunk's file.</param>
/// <param name="Note">What a user must be told when the weights are not those asked for, or not trained; else null.</param>
public sealed record EmbeddingSpace(int TrunkId, Embedder Embedder, string WeightsPath, string? Note);
