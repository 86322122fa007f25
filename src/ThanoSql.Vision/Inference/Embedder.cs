using System.Collections.Concurrent;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Inference.Batching;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// Pictures → embeddings by one trunk: in this process for a trunk of ours, in batches where CUDA works; in a process of its own, on the CPU, for a
/// network of others. Thread-safe: call it from one thread per core. Disposing it while others are inside lets them finish.
/// </summary>
public sealed class Embedder : IDisposable
{
    private readonly ITrunkRunner _runner;
    private readonly CardTrunk? _card;
    private readonly ImageLimits _limits;
    private readonly ConcurrentBag<float[]> _pixels = []; // as many as there were threads at once

    /// <param name="trunk">Kept where there is no file.</param>
    /// <param name="preprocessing">Part of the embedding space's identity; where it runs is not.</param>
    /// <param name="sessions">Decides the provider.</param>
    /// <param name="options">The pixel limit.</param>
    /// <param name="file">Where the trunk is read from after an eviction; null for one that is never evicted.</param>
    /// <exception cref="TrunkException">The trunk is damaged, or made for another pre-processing.</exception>
    /// <exception cref="InvalidOperationException"><c>Vision:Provider=cuda</c> and CUDA does not work here.</exception>
    public Embedder(Trunk trunk, Preprocessing preprocessing, InferenceSessionFactory sessions, VisionOptions options, string? file = null)
        : this(trunk, preprocessing, sessions, options, file, of => of is ConvNeXtTrunk own ? sessions.OpenBatches(own, preprocessing) : null)
    {
    }

    /// <param name="batches">Opens the trunk where it runs in batches; null for the CPU alone.</param>
    internal Embedder(
        Trunk trunk, Preprocessing preprocessing, InferenceSessionFactory sessions, VisionOptions options, string? file,
        Func<Trunk, IBatchRunner?> batches)
    {
        Identity = new TrunkIdentity(trunk.Sha256, trunk.Variant, preprocessing);
        Size = trunk.EmbeddingSize;
        _limits = options.ToLimits();
        Trunk Reopened() => file is null ? trunk : Trunk.Open(file);
        if (trunk is ClassifierTrunk)
        {
            _runner = new HostedModel(() => Reopened().ToOnnx(preprocessing), sessions, preprocessing, Size);
            return;
        }
        _card = OpenCard(batches(trunk), () => batches(Reopened()), sessions);
        _runner = new SharedSession(
            _card is null ? sessions.CreateOnCpu(trunk.ToOnnx(preprocessing)) : null,
            _card is null && file is null ? null : () => sessions.CreateOnCpu(Reopened().ToOnnx(preprocessing)));
    }

    public TrunkIdentity Identity { get; }

    /// <summary>Values of one embedding.</summary>
    public int Size { get; }

    /// <summary>Its process where the trunk is a network of others; else null.</summary>
    public HostedModel? Hosted => _runner as HostedModel;

    /// <summary>Whether it holds memory: not after <see cref="Evict"/>, until it is used again.</summary>
    public bool IsLoaded => _runner.IsLoaded || _card is { IsLoaded: true };

    /// <summary>Ends when CUDA takes pictures, at once where none does; until then the CPU does. Faulted when CUDA failed.</summary>
    internal Task Warm => _card?.Warm ?? Task.CompletedTask;

    /// <summary>Frees its memory when those inside have finished; the next picture takes the time to open the trunk again.</summary>
    public void Evict()
    {
        _card?.Evict();
        _runner.Evict();
    }

    /// <summary>
    /// Decodes on the calling thread. On the CPU the rest is done there too, and the answer is there on return; on CUDA the thread is free for the
    /// next picture while this one waits for its batch, unless too many do. A picture whose batch fails is embedded on the CPU.
    /// </summary>
    /// <param name="image">A whole picture file; not to be changed before the answer is there.</param>
    /// <param name="contentHash">Any stable hash of the file, not used by view 0.</param>
    /// <param name="view">0 is the plain one; views above are training augmentations (<see cref="ImageDecoder"/>).</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>[Size].</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused, or the trunk has no answer to them; the reason is final.</exception>
    /// <exception cref="TrunkException">The trunk is a network of others, and its process does not run, or rests.</exception>
    public ValueTask<Half[]> EmbedAsync(byte[] image, byte[]? contentHash, int view, CancellationToken cancellationToken) =>
        EmbedAsync(image, contentHash, view, damaged: null, cancellationToken);

    /// <inheritdoc cref="EmbedAsync(byte[], byte[], int, CancellationToken)"/>
    /// <param name="damaged">Told, before the answer, what of the picture is missing where it is read all the same.</param>
    public ValueTask<Half[]> EmbedAsync(byte[] image, byte[]? contentHash, int view, Action<string>? damaged, CancellationToken cancellationToken) =>
        _card?.Enter() is { } stage
            ? EmbedAsync(stage, image, contentHash, view, damaged, cancellationToken)
            : ValueTask.FromResult(Embed(image, contentHash, view, damaged));

    /// <summary>A whole picture file → its plain view's embedding, on the CPU.</summary>
    /// <returns>[Size].</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused, or the trunk has no answer to them; the reason is final.</exception>
    public Half[] Embed(byte[] image) => Embed(image, contentHash: default, view: 0);

    /// <summary>On the CPU; view 0 is the plain one, views above are training augmentations (<see cref="ImageDecoder"/>).</summary>
    /// <exception cref="ImageRejectedException">The bytes are refused, or the trunk has no answer to them; the reason is final.</exception>
    public Half[] Embed(byte[] image, ReadOnlySpan<byte> contentHash, int view, Action<string>? damaged = null)
    {
        if (!_pixels.TryTake(out var pixels))
            pixels = new float[Identity.Preprocessing.TensorLength];
        try
        {
            ImageDecoder.Decode(image, Identity.Preprocessing, contentHash, view, pixels, _limits, damaged);
            return Embed(pixels);
        }
        finally
        {
            _pixels.Add(pixels);
        }
    }

    /// <param name="pixels">[3, size, size] from <see cref="ImageDecoder"/> with this trunk's pre-processing.</param>
    /// <returns>[Size].</returns>
    /// <exception cref="ImageRejectedException">The trunk answers with numbers that are not finite.</exception>
    public Half[] Embed(float[] pixels) => EmbedBatch(pixels, 1)[0];

    /// <summary>Several pictures in one run, on the CPU.</summary>
    /// <param name="pixels">[count, 3, size, size].</param>
    /// <param name="count">At least 1; exactly 1 for a classifier that was exported for one picture at a time.</param>
    /// <returns>One embedding [Size] for each picture, in order.</returns>
    /// <exception cref="ImageRejectedException">The trunk gives no answer to one, or one with numbers that are not finite.</exception>
    /// <exception cref="TrunkException">The trunk is a network of others, and its process does not run, or rests.</exception>
    public Half[][] EmbedBatch(float[] pixels, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int side = Identity.Preprocessing.InputSize;
        if (pixels.Length != count * Identity.Preprocessing.TensorLength)
            throw new ArgumentException($"{count} pictures of 3 x {side} x {side} values are expected, not {pixels.Length} values.", nameof(pixels));
        var values = new float[count * Size];
        _runner.Embed(pixels, values, count);
        var embeddings = new Half[count][];
        for (int i = 0; i < count; i++)
            embeddings[i] = Round(values.AsSpan(i * Size, Size));
        return embeddings;
    }

    public void Dispose()
    {
        _card?.Dispose();
        _runner.Dispose();
    }

    private CardTrunk? OpenCard(IBatchRunner? runner, Func<IBatchRunner?> reopen, InferenceSessionFactory sessions)
    {
        if (runner is null)
            return null;
        var card = new CardTrunk(runner, reopen, sessions.BatchSizes, error => sessions.Cuda.Lost(Identity.Variant, error));
        try
        {
            if (sessions.RequiresCuda)
                card.FirstRun.GetAwaiter().GetResult();
            return card;
        }
        catch (Exception e) when (e is OnnxRuntimeException or InvalidDataException)
        {
            card.Dispose();
            throw CudaProvider.Refused(e.Message);
        }
    }

    private async ValueTask<Half[]> EmbedAsync(
        BatchStage stage, byte[] image, byte[]? contentHash, int view, Action<string>? damaged, CancellationToken cancellationToken)
    {
        Half[]? answer;
        try
        {
            var pixels = ImageDecoder.DecodeBytes(image, Identity.Preprocessing, contentHash, view, _limits, damaged);
            answer = await stage.EmbedAsync(pixels).WaitAsync(cancellationToken);
        }
        finally
        {
            _card!.Leave();
        }
        return answer ?? Embed(image, contentHash, view);
    }

    private static Half[] Round(ReadOnlySpan<float> values)
    {
        var rounded = new Half[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            rounded[i] = (Half)values[i];
            if (!Half.IsFinite(rounded[i]))
            {
                throw new ImageRejectedException(
                    ImageRejection.NoAnswer,
                    "The model answers this picture with numbers that are not finite. Leave the picture out, or repair the model.");
            }
        }
        return rounded;
    }
}
