using Microsoft.ML.OnnxRuntime;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Unit.Vision.Trunks;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Inference.Batching;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Inference.Batching;

/// <summary>Embedders whose batches run on the CPU provider, with the very graph that a card gets.</summary>
public sealed class CardTests
{
    private static readonly VisionOptions Options = new() { Provider = VisionProvider.Cpu, BatchSizes = [1, 4] };
    private static readonly InferenceSessionFactory Sessions = new(Options);
    private static readonly SafeTensors Atto = SafeTensors.Open(
        ThanoSql.Tests.Unit.Vision.Repository.PathTo("models", "base", "ConvNeXt_Atto.safetensors"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<ColorMode, int> Inputs => new() { { ColorMode.Rgb, 96 }, { ColorMode.Gray, 96 }, { ColorMode.Rgb, 107 } };

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task It_agrees_with_the_CPU_in_every_view(ColorMode color, int side)
    {
        var preprocessing = new Preprocessing(side, color: color);
        using var embedder = Embedder(Atto, preprocessing);
        await embedder.Warm.WaitAsync(Cancellation);
        foreach (var picture in new[] { TestPictures.GradientPng(), TestPictures.NoisePng(140, 100), TestPictures.GradientJpeg(200, 120) })
        {
            // View 4 is mirrored, for this hash
            foreach (var view in new[] { 0, 1, 2, 3, 4 })
            {
                var expected = embedder.Embed(picture, [1, 2, 3, 4, 5, 6, 7, 8], view);
                Cosine(await embedder.EmbedAsync(picture, [1, 2, 3, 4, 5, 6, 7, 8], view, Cancellation), expected).ShouldBeGreaterThan(0.99998);
            }
        }
    }

    [Fact]
    public async Task What_fills_a_batch_up_does_not_show_in_it()
    {
        using var embedder = Embedder(Atto, new Preprocessing(64));
        await embedder.Warm.WaitAsync(Cancellation);
        var pictures = Enumerable.Range(0, 3).Select(i => TestPictures.NoisePng(seed: i)).ToArray();
        var alone = new List<Half[]>();
        foreach (var picture in pictures)
            alone.Add(await embedder.EmbedAsync(picture, null, 0, Cancellation));
        var together = await Task.WhenAll(pictures.Select(p => embedder.EmbedAsync(p, null, 0, Cancellation).AsTask()));

        for (var i = 0; i < 3; i++)
            Cosine(together[i], alone[i]).ShouldBeGreaterThan(0.999999);
    }

    [Fact]
    public async Task A_picture_that_is_refused_is_refused_on_a_card_too()
    {
        using var embedder = Embedder(Atto, new Preprocessing(64));
        await embedder.Warm.WaitAsync(Cancellation);
        await Should.ThrowAsync<ImageRejectedException>(async () => await embedder.EmbedAsync("<html>"u8.ToArray(), null, 0, Cancellation));
        (await embedder.EmbedAsync(TestPictures.GradientPng(), null, 0, Cancellation)).Length.ShouldBe(embedder.Size);
    }

    [Fact]
    public async Task When_the_card_fails_every_picture_gets_the_CPUs_answer()
    {
        var failing = new FailingRunner(TestTrunk.Weights(), after: 6);
        using var embedder = new Embedder(new ConvNeXtTrunk(TestTrunk.Weights()), new Preprocessing(64), Sessions, Options, null, _ => failing);
        await embedder.Warm.WaitAsync(Cancellation);
        var pictures = Enumerable.Range(0, 40).Select(i => TestPictures.NoisePng(seed: i)).ToArray();
        var answers = await Task.WhenAll(pictures.Select(p => Task.Run(() => embedder.EmbedAsync(p, null, 0, Cancellation).AsTask())));

        failing.Failed.ShouldBeTrue();
        for (var i = 0; i < pictures.Length; i++)
            Cosine(answers[i], embedder.Embed(pictures[i])).ShouldBeGreaterThan(0.9999);
        (await embedder.EmbedAsync(pictures[0], null, 0, Cancellation)).ShouldBe(embedder.Embed(pictures[0])); // the CPU's to the bit
    }

    [Fact]
    public async Task A_card_that_does_not_warm_leaves_the_pictures_to_the_CPU()
    {
        var failing = new FailingRunner(TestTrunk.Weights(), after: 2);
        using var embedder = new Embedder(new ConvNeXtTrunk(TestTrunk.Weights()), new Preprocessing(64), Sessions, Options, null, _ => failing);
        await Should.ThrowAsync<InvalidOperationException>(() => embedder.Warm.WaitAsync(Cancellation));

        var picture = TestPictures.NoisePng();
        (await embedder.EmbedAsync(picture, null, 0, Cancellation)).ShouldBe(embedder.Embed(picture));
    }

    [Fact]
    public async Task Numbers_too_large_for_float16_come_from_the_CPU()
    {
        var runner = new FailingRunner(TestTrunk.Weights(), after: int.MaxValue) { Infinite = true };
        using var embedder = new Embedder(new ConvNeXtTrunk(TestTrunk.Weights()), new Preprocessing(64), Sessions, Options, null, _ => runner);
        await embedder.Warm.WaitAsync(Cancellation);

        var picture = TestPictures.NoisePng();
        (await embedder.EmbedAsync(picture, null, 0, Cancellation)).ShouldBe(embedder.Embed(picture));
    }

    [Fact]
    public async Task One_that_was_evicted_comes_back()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "test.safetensors");
        await File.WriteAllBytesAsync(file, RandomTrunk.Create(TestTrunk.Variant, 5), Cancellation);
        using var embedder = new Embedder(Trunk.Open(file), new Preprocessing(64), Sessions, Options, file, OnCpu(new Preprocessing(64)));
        await embedder.Warm.WaitAsync(Cancellation);
        var picture = TestPictures.NoisePng();
        var before = await embedder.EmbedAsync(picture, null, 0, Cancellation);

        embedder.Evict();
        embedder.IsLoaded.ShouldBeFalse();
        Cosine(await embedder.EmbedAsync(picture, null, 0, Cancellation), before).ShouldBeGreaterThan(0.9999);
        embedder.IsLoaded.ShouldBeTrue();
    }

    private static Embedder Embedder(SafeTensors weights, Preprocessing preprocessing) =>
        new(new ConvNeXtTrunk(weights), preprocessing, Sessions, Options, null, OnCpu(preprocessing));

    private static Func<Trunk, IBatchRunner> OnCpu(Preprocessing preprocessing) => trunk => new SessionBatchRunner(
        Sessions.CreateOnCpu(((ConvNeXtTrunk)trunk).ToBatchOnnx(preprocessing)), OrtAllocator.DefaultInstance, preprocessing.InputSize,
        trunk.EmbeddingSize);

    private static double Cosine(Half[] a, Half[] b) =>
        a.Zip(b).Sum(p => (double)p.First * (double)p.Second) / Math.Sqrt(a.Sum(v => (double)v * (double)v) * b.Sum(v => (double)v * (double)v));

    /// <summary>Works for some runs, those of the warm-up among them.</summary>
    private sealed class FailingRunner(SafeTensors weights, int after) : IBatchRunner
    {
        private readonly SessionBatchRunner _inner = (SessionBatchRunner)OnCpu(new Preprocessing(64))(new ConvNeXtTrunk(weights));
        private int _runs;

        public bool Failed { get; private set; }

        public bool Infinite { get; init; }

        public int PictureBytes => _inner.PictureBytes;

        public int EmbeddingSize => _inner.EmbeddingSize;

        public BatchMemory Allocate(int pictures) => _inner.Allocate(pictures);

        public void Run(BatchMemory memory, int first, int count)
        {
            if (++_runs > after)
            {
                Failed = true;
                throw new InvalidOperationException("the card is gone");
            }
            _inner.Run(memory, first, count);
            if (Infinite && _runs > 4)
                memory.Embedding(first)[0] = float.PositiveInfinity;
        }

        public void Dispose() => _inner.Dispose();
    }
}
