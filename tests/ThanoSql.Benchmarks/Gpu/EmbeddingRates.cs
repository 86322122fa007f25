using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using ThanoSql.Benchmarks.Indexing;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Inference.Batching;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Gpu;

/// <summary>Pictures a second of one trunk, without a database.</summary>
/// <param name="Batches">The session alone, by batch size; memory of the host in and out.</param>
/// <param name="Stage">Decoded pictures through the batch stage, from all threads.</param>
/// <param name="Decoding">Photographs decoded on all threads, and nothing else.</param>
/// <param name="Both">Photographs decoded and embedded.</param>
internal sealed record EmbeddingRates(IReadOnlyDictionary<int, double> Batches, double Stage, double Decoding, double Both)
{
    private const int Files = 64;

    public static async Task<EmbeddingRates> MeasureAsync(
        ConvNeXtVariant variant, Preprocessing preprocessing, VisionOptions options, double seconds, CancellationToken stop)
    {
        var trunk = new ConvNeXtTrunk(SafeTensors.Parse(RandomTrunk.Create(variant, seed: 1), variant.Name));
        var runner = new MeasuredRunner(Open(trunk, preprocessing, options), seconds);
        using var stage = new BatchStage(
            runner, options.EffectiveBatchSizes, TimeSpan.FromMilliseconds(2), e => Console.WriteLine($"  failed: {e.Message}"));
        await stage.Warm.WaitAsync(stop);
        var photographs = Enumerable.Range(0, Files).AsParallel().AsOrdered().Select(Photographs.Make).ToArray();
        var pixels = Array.ConvertAll(photographs, Decode);
        Task Embed(byte[] picture) => stage.EmbedAsync(picture);
        return new EmbeddingRates(
            runner.Rates,
            await RateAsync(i => Embed(pixels[i]), options.Threads, 2 * seconds, stop),
            await RateAsync(i => Ignore(Decode(photographs[i])), options.Threads, 2 * seconds, stop),
            await RateAsync(i => Embed(Decode(photographs[i])), options.Threads, 2 * seconds, stop));

        byte[] Decode(byte[] photograph) => ImageDecoder.DecodeBytes(photograph, preprocessing, default, view: 0);
    }

    private static SessionBatchRunner Open(ConvNeXtTrunk trunk, Preprocessing preprocessing, VisionOptions options)
    {
        var sessions = new InferenceSessionFactory(options);
        return sessions.OpenBatches(trunk, preprocessing) as SessionBatchRunner ?? new SessionBatchRunner(
            sessions.CreateOnCpu(trunk.ToBatchOnnx(preprocessing)), OrtAllocator.DefaultInstance, preprocessing.InputSize, trunk.EmbeddingSize);
    }

    private static Task Ignore(byte[] decoded) => decoded.Length > 0 ? Task.CompletedTask : throw new InvalidOperationException();

    /// <summary>Each thread begins one picture after another, and waits for the last ones at the end.</summary>
    private static async Task<double> RateAsync(Func<int, Task> begin, int threads, double seconds, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, threads).Select(t => Task.Factory.StartNew(
            async () =>
            {
                var (begun, count) = (new List<Task>(), 0);
                for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; count++)
                {
                    begun.Add(begin((count + t) % Files));
                    if (begun.Count == 1000)
                        begun.RemoveAll(task => task.IsCompletedSuccessfully);
                }
                await Task.WhenAll(begun);
                return count;
            },
            stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
