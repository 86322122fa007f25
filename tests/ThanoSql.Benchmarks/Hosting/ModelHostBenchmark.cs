using System.Diagnostics;
using System.Globalization;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Hosting;

/// <summary>Pictures a second through a process of their own against ONNX Runtime in this one, with the same network and as many threads.</summary>
internal static class ModelHostBenchmark
{
    public const string Description = "a network in a confined process against the same one in this process, turn by turn";

    private const int Rounds = 20;
    private const int Pictures = 48;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var side in new[] { 64, 224 })
            await CompareAsync(side, cancellationToken);
    }

    private static async Task CompareAsync(int side, CancellationToken cancellationToken)
    {
        var preprocessing = new Preprocessing(side);
        var model = new ConvNeXtTrunk(SafeTensors.Parse(RandomTrunk.Create(ConvNeXtVariant.Atto, 1), "random")).ToOnnx(preprocessing);
        var threads = Environment.ProcessorCount;
        var vision = new VisionOptions { Provider = VisionProvider.Cpu };
        using var session = new SharedSession(new InferenceSessionFactory(vision).CreateOnCpu(model));
        using var process = ModelProcess.Start(
            model, new ModelProcessPlan(new ImportHostOptions(), threads, side, vision.ThreadsPerInference), cancellationToken);
        var random = new Random(1);
        var pictures = Enumerable.Range(0, 8)
            .Select(_ => Enumerable.Range(0, preprocessing.TensorLength).Select(_ => random.NextSingle()).ToArray()).ToArray();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        using var child = Process.GetProcessById(process.Id);
        var cpu = new double[2];
        var timings = await Timings.InterleavedAsync(
            Rounds,
            [
                _ => CountAsync(0, i => session.Embed(pictures[i % 8], new float[320], 1)),
                _ => CountAsync(1, i => process.Look(pictures[i % 8], cancellationToken)),
            ],
            cancellationToken);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ConvNeXt_Atto at {side} pixels, {threads} threads: {1000 * Pictures / timings[0].Median:F0} pictures/s in this process, "
            + $"{1000 * Pictures / timings[1].Median:F0} in one of its own: {timings[0].Median / timings[1].Median:F3}; "
            + $"by CPU time {cpu[0] / cpu[1]:F3}"));

        async Task CountAsync(int rival, Action<int> look)
        {
            var before = CpuSeconds();
            await Task.Run(() => Parallel.For(0, Pictures, parallel, look), cancellationToken);
            cpu[rival] += CpuSeconds() - before;
        }

        double CpuSeconds()
        {
            child.Refresh();
            using var own = Process.GetCurrentProcess();
            return (own.TotalProcessorTime + child.TotalProcessorTime).TotalSeconds;
        }
    }
}
