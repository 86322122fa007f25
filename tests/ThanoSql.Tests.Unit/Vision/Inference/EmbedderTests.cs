using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Unit.Vision.Trunks;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Inference;

/// <summary>One of them looks at what the whole process holds, so they run alone.</summary>
[CollectionDefinition(nameof(EmbedderTests), DisableParallelization = true)]
[Collection(nameof(EmbedderTests))]
public class EmbedderTests
{
    private static readonly Preprocessing Preprocessing = new(64);
    private static readonly VisionOptions Options = new() { Provider = VisionProvider.Cpu };

    [Fact]
    public void The_graph_agrees_with_the_paper_written_in_loops()
    {
        using var embedder = TestEmbedder();
        var pixels = ImageDecoder.Decode(TestPictures.NoisePng(), Preprocessing);
        var expected = NaiveConvNeXt.Embed(TestTrunk.Weights(), TestTrunk.Variant, pixels, 64);
        var actual = embedder.Embed(pixels);
        for (int i = 0; i < expected.Length; i++)
            ((double)actual[i]).ShouldBe(expected[i], 5e-4); // half precision of values below 1
    }

    [Fact]
    public void An_embedding_has_length_one()
    {
        using var embedder = TestEmbedder();
        var embedding = embedder.Embed(TestPictures.GradientJpeg());
        embedding.Length.ShouldBe(16);
        embedding.Sum(v => (double)v * (double)v).ShouldBe(1, 1e-3);
    }

    [Fact]
    public void A_batch_gives_what_single_pictures_give()
    {
        using var embedder = TestEmbedder();
        var pictures = Enumerable.Range(0, 3).Select(seed => ImageDecoder.Decode(TestPictures.NoisePng(seed: seed), Preprocessing)).ToArray();
        var batch = embedder.EmbedBatch([.. pictures.SelectMany(p => p)], 3);
        for (int i = 0; i < 3; i++)
        {
            foreach (var (one, other) in batch[i].Zip(embedder.Embed(pictures[i])))
                ((float)one).ShouldBe((float)other, 1e-3f);
        }
    }

    [Fact]
    public void Pixels_of_another_size_are_refused()
    {
        using var embedder = TestEmbedder();
        Should.Throw<ArgumentException>(() => embedder.Embed(new float[3 * 32 * 32])).Message.ShouldContain("3 x 64 x 64");
    }

    [Fact]
    public async Task Disposing_lets_running_work_finish_and_refuses_new_work()
    {
        var embedder = TestEmbedder();
        var pixels = ImageDecoder.Decode(TestPictures.NoisePng(), Preprocessing);
        var expected = embedder.Embed(pixels);
        using var started = new CountdownEvent(3);
        var workers = Enumerable.Range(0, 3)
            .Select(_ => Task.Factory.StartNew(() => EmbedUntilClosed(embedder, pixels, expected, started), TaskCreationOptions.LongRunning))
            .ToArray();
        started.Wait(TestContext.Current.CancellationToken);
        embedder.Dispose();
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Should.Throw<ObjectDisposedException>(() => embedder.Embed(pixels));
    }

    [Fact]
    public void Cuda_that_is_asked_for_and_missing_is_an_error_that_says_what_to_do()
    {
        var sessions = new InferenceSessionFactory(new VisionOptions { Provider = VisionProvider.Cuda, CudaDevice = 63 });
        var error = Should.Throw<InvalidOperationException>(
            () => new Embedder(new ConvNeXtTrunk(TestTrunk.Weights()), Preprocessing, sessions, Options));
        error.Message.ShouldContain("Set it to auto or cpu");
    }

    [Fact]
    public void Auto_falls_back_to_the_cpu()
    {
        using var embedder = new Embedder(
            new ConvNeXtTrunk(TestTrunk.Weights()), Preprocessing, new InferenceSessionFactory(new VisionOptions()), Options);
        embedder.Embed(TestPictures.GradientPng()).Length.ShouldBe(16);
    }

    [Fact]
    public void One_that_rests_holds_no_session_and_comes_back_when_it_is_asked()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "atto.safetensors");
        File.WriteAllBytes(file, RandomTrunk.Create(ConvNeXtVariant.Atto, 1));
        using var embedder = new Embedder(Trunk.Open(file), Preprocessing, new InferenceSessionFactory(Options), Options, file);
        var pixels = new float[3 * 64 * 64];
        var before = embedder.Embed(pixels);

        embedder.Evict();
        embedder.IsLoaded.ShouldBeFalse();
        embedder.Embed(pixels).ShouldBe(before);
        embedder.IsLoaded.ShouldBeTrue();

        Parallel.For(0, 40, i =>
        {
            if (i % 4 == 0)
                embedder.Evict();
            else
                embedder.Embed(pixels).ShouldBe(before);
        });
        embedder.Evict();
        embedder.IsLoaded.ShouldBeFalse();
    }

    [Fact]
    public void Replacing_sessions_again_and_again_keeps_memory_bounded()
    {
        var weights = SafeTensors.Parse(RandomTrunk.Create(ConvNeXtVariant.Atto, 1), "atto");
        void Swap()
        {
            using var embedder = new Embedder(new ConvNeXtTrunk(weights), Preprocessing, new InferenceSessionFactory(Options), Options);
            embedder.Embed(new float[3 * 64 * 64]);
        }
        for (int i = 0; i < 5; i++)
            Swap();
        long before = Resident();
        for (int i = 0; i < 30; i++)
            Swap();
        // 30 leaked sessions would hold more than 400 MB of weights
        (Resident() - before).ShouldBeLessThan(200_000_000);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static void EmbedUntilClosed(Embedder embedder, float[] pixels, Half[] expected, CountdownEvent started)
    {
        embedder.Embed(pixels).ShouldBe(expected);
        started.Signal();
        try
        {
            while (true)
                embedder.Embed(pixels).ShouldBe(expected);
        }
        catch (ObjectDisposedException)
        {
            // closed between two pictures, as it should be
        }
    }

    private static Embedder TestEmbedder() =>
        new(new ConvNeXtTrunk(TestTrunk.Weights()), Preprocessing, new InferenceSessionFactory(Options), Options);
}
