using ThanoSql.Vision.Hosting;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// Pictures → embeddings by one trunk: in this process for a trunk of ours, in one of its own for a network of others. Thread-safe: call it from one
/// thread per core; on a CPU batches bring nothing. Disposing it while others are inside lets them finish.
/// </summary>
public sealed class Embedder : IDisposable
{
    private readonly ITrunkRunner _runner;
    private readonly long _pixelLimit;

    /// <param name="trunk">Not needed after the call.</param>
    /// <param name="preprocessing">Part of the embedding space's identity.</param>
    /// <param name="sessions">Decides the provider.</param>
    /// <param name="options">The pixel limit.</param>
    /// <param name="file">Where the trunk is read from after an eviction; null for one that is never evicted.</param>
    /// <exception cref="TrunkException">The trunk is damaged, or made for another pre-processing.</exception>
    public Embedder(Trunk trunk, Preprocessing preprocessing, InferenceSessionFactory sessions, VisionOptions options, string? file = null)
    {
        Identity = new TrunkIdentity(trunk.Sha256, trunk.Variant, preprocessing);
        Size = trunk.EmbeddingSize;
        _pixelLimit = options.PixelLimit;
        _runner = trunk is ClassifierTrunk foreign
            ? new HostedModel(() => (file is null ? foreign : Trunk.Open(file)).ToOnnx(preprocessing), sessions, preprocessing, Size)
            : new SharedSession(
                sessions.Create(trunk.ToOnnx(preprocessing)), file is null ? null : () => sessions.Create(Trunk.Open(file).ToOnnx(preprocessing)));
    }

    public TrunkIdentity Identity { get; }

    /// <summary>Values of one embedding.</summary>
    public int Size { get; }

    /// <summary>Its process where the trunk is a network of others; else null.</summary>
    public HostedModel? Hosted => _runner as HostedModel;

    /// <summary>Whether it holds memory: not after <see cref="Evict"/>, until it is used again.</summary>
    public bool IsLoaded => _runner.IsLoaded;

    /// <summary>Frees its memory when those inside have finished; the next picture takes the time to open the trunk again.</summary>
    public void Evict() => _runner.Evict();

    /// <summary>A whole JPEG, PNG or WebP file → its plain view's embedding.</summary>
    /// <returns>[Size].</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused, or the trunk has no answer to them; the reason is final.</exception>
    public Half[] Embed(byte[] image) => Embed(ImageDecoder.Decode(image, Identity.Preprocessing, _pixelLimit));

    /// <summary>View 0 is the plain one; views above are training augmentations (<see cref="ImageDecoder"/>).</summary>
    /// <exception cref="ImageRejectedException">The bytes are refused, or the trunk has no answer to them; the reason is final.</exception>
    public Half[] Embed(byte[] image, ReadOnlySpan<byte> contentHash, int view) =>
        Embed(ImageDecoder.Decode(image, Identity.Preprocessing, contentHash, view, _pixelLimit));

    /// <param name="pixels">[3, size, size] from <see cref="ImageDecoder"/> with this trunk's pre-processing.</param>
    /// <returns>[Size].</returns>
    /// <exception cref="ImageRejectedException">The trunk answers with numbers that are not finite.</exception>
    public Half[] Embed(float[] pixels) => EmbedBatch(pixels, 1)[0];

    /// <summary>Several pictures in one run: for GPUs.</summary>
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

    public void Dispose() => _runner.Dispose();

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
