using Microsoft.ML.OnnxRuntime;
using ThanoSql.Query.Datasets;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Inference.Batching;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Integration.Inference;

/// <summary>
/// An embedding space is one wherever it runs: the CPU's float32 graph against a card's in float16, both on the CPU here, on the demo's photographs.
/// </summary>
public sealed class CardGraphTests
{
    private static readonly VisionOptions Options = new() { Provider = VisionProvider.Cpu, BatchSizes = [1, 16] };
    private static readonly InferenceSessionFactory Sessions = new(Options);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_photographs_the_two_agree_and_so_do_the_keywords()
    {
        var weights = SafeTensors.Open(Repository.File("models/base/ConvNeXt_Atto.safetensors"));
        var preprocessing = BundledTrunks.Preprocessing["ConvNeXt_Atto"];
        var files = await FoodPhotographs.FetchAsync(DatasetCatalog.Cache, _ => { }, Cancellation);
        using var embedder = new Embedder(
            new ConvNeXtTrunk(weights), preprocessing, Sessions, Options, null, trunk => new SessionBatchRunner(
                Sessions.CreateOnCpu(((ConvNeXtTrunk)trunk).ToBatchOnnx(preprocessing)), OrtAllocator.DefaultInstance, preprocessing.InputSize,
                trunk.EmbeddingSize));
        await embedder.Warm.WaitAsync(Cancellation);
        var pictures = await Task.WhenAll(files.Select(ReadAsync));
        var card = await Task.WhenAll(pictures.Select(p => Task.Run(() => embedder.EmbedAsync(p, null, 0, Cancellation).AsTask(), Cancellation)));
        var cpu = pictures.AsParallel().AsOrdered().Select(embedder.Embed).ToArray();

        var lowest = cpu.Zip(card, Cosine).Min();
        lowest.ShouldBeGreaterThanOrEqualTo(0.99999);
        var head = HeadTrainer.Train(
            new TrainingSet(cpu.SelectMany(e => e).ToArray(), embedder.Size, [.. files.Select(f => f.Label!)]), cancellationToken: Cancellation).Head;
        var equal = cpu.Zip(card).Count(pair => Top(head, pair.First) == Top(head, pair.Second));
        ((double)equal / files.Count).ShouldBeGreaterThanOrEqualTo(0.995);
        TestContext.Current.TestOutputHelper?.WriteLine($"lowest cosine {lowest:F7}, equal keywords {equal} of {files.Count}");

        async Task<byte[]> ReadAsync(DatasetFile file)
        {
            await using var stream = await file.OpenAsync(Cancellation);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, Cancellation);
            return bytes.ToArray();
        }
    }

    private static string Top(Head head, Half[] embedding) => head.TopK(embedding, 1)[0].Label;

    private static double Cosine(Half[] a, Half[] b) => Product(a, b) / Math.Sqrt(Product(a, a) * Product(b, b));

    private static double Product(Half[] a, Half[] b) => a.Zip(b).Sum(pair => (double)pair.First * (double)pair.Second);
}
