using System.Diagnostics;
using System.Globalization;
using ThanoSql.Benchmarks.Indexing;
using ThanoSql.Benchmarks.Sql;
using ThanoSql.Benchmarks.Training;
using ThanoSql.Catalog;
using ThanoSql.Storage;
using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Gpu;

/// <summary>
/// What the product makes of a card: embedding by batch size and through the batch stage, photographs from file to row, fine-tuning; against torch,
/// compiled, of the same run. On a machine without a card it runs on the CPU, briefly: a trial of this program, and no figures.
/// </summary>
internal static class GpuBenchmark
{
    public const string Description = "Embedding, indexing and fine-tuning on CUDA against torch compiled (without a card: a trial on the CPU)";

    private const int Labels = 43;
    private static readonly FineTuneOptions Tuning = new() { BatchSize = 16, InputSize = 128, TrainingSize = 128 };

    public static async Task RunAsync(CancellationToken stop)
    {
        var onCard = new InferenceSessionFactory(new VisionOptions()).Cuda.IsLikely;
        var options = onCard
            ? new VisionOptions { Provider = VisionProvider.Cuda }
            : new VisionOptions { Provider = VisionProvider.Cpu, BatchSizes = [1, 4] };
        var seconds = onCard ? 2 : 0.2;
        Console.WriteLine(onCard ? $"CUDA, {options.Threads} cores" : "No CUDA here: a trial on the CPU, these are no figures.");
        Print("images/s", "ours", "torch", "aim");
        foreach (var (variant, side, aim) in new[] { (ConvNeXtVariant.Atto, 192, 12_000), (ConvNeXtVariant.Find("tiny")!, 224, 6_000) })
        {
            var rates = await EmbeddingRates.MeasureAsync(variant, new Preprocessing(side), options, seconds, stop);
            foreach (var (size, rate) in rates.Batches)
                Print($"{variant.Name} {side} px, session, batch {size}", Text(rate));
            var torch = await TorchAsync(variant, "embed", side, options.EffectiveBatchSizes[^1], onCard, seconds, stop);
            Print($"{variant.Name}, decoded pictures through the stage", Text(rates.Stage), torch, $"{aim}");
            Print($"{variant.Name}, decoding alone (640x480)", Text(rates.Decoding));
            Print($"{variant.Name}, decoding and embedding", Text(rates.Both), "", Text(0.85 * rates.Decoding));
        }
        Print(
            "fine-tuning atto 128 px, batch 16", Text(Steps(options, seconds, stop)),
            await TorchAsync(ConvNeXtVariant.Atto, "train", Tuning.InputSize, Tuning.BatchSize, onCard, seconds, stop), "3000");
        // Last, since it needs more than a card
        Print("atto, file to row (640x480)", Text(await RowsAsync(options, onCard ? 8000 : 40, stop)), "", "0.85 of decoding alone");
        Console.WriteLine(
            "torch: compiled; embedding in bfloat16, its data on the card / bytes of the host in; fine-tuning with TF32, data on the card.");
    }

    private static double Steps(VisionOptions options, double seconds, CancellationToken stop)
    {
        var sessions = new InferenceSessionFactory(options);
        var parts = Graph((Tuning.BatchSize + Tuning.EffectiveThreads - 1) / Tuning.EffectiveThreads);
        var state = StepperRate.State(ConvNeXtVariant.Atto, parts);
        using var card = CardStepper.Open(Graph, state, Tuning, sessions);
        using var host = card is null ? new HostStepper(parts, state, Tuning, sessions) : null;
        return StepperRate.Measure(card ?? (IStepper)host!, Tuning, Labels, 2 * seconds, stop)[0];

        static TrainingModel Graph(int batch) => ConvNeXtTraining.Build(ConvNeXtVariant.Atto, Tuning.InputSize, batch, Labels);
    }

    /// <summary>Photographs from a folder store to committed rows, by a worker of the product.</summary>
    private static async Task<double> RowsAsync(VisionOptions options, int images, CancellationToken stop)
    {
        await using var database = await BenchmarkDatabase.CreateAsync(stop);
        var settings = new Dictionary<string, string?>
        {
            ["Vision:Provider"] = options.Provider.ToString(),
            ["Indexing:WriteBatch"] = "512",
            ["Indexing:BatchSize"] = "256",
            ["Indexing:Readers"] = "64",
        };
        await using var worker = await BenchmarkWorker.StartAsync(database.Owner, "ConvNeXt_Atto", stop, settings: settings);
        await worker.Space.Embedder.Warm.WaitAsync(stop);
        var photographs = Enumerable.Range(0, 64).AsParallel().AsOrdered().Select(Photographs.Make).ToArray();
        await PutAsync("warm", images / 4);
        await SeenAsync(images / 4);
        var start = Stopwatch.GetTimestamp();
        await PutAsync("measured", images);
        await SeenAsync(images + (images / 4));
        return images / Stopwatch.GetElapsedTime(start).TotalSeconds;

        // Each a content of its own: a tail that decoders ignore
        Task PutAsync(string folder, int count) => Parallel.ForAsync(0, count, stop, async (i, token) => await worker.Store.WriteAsync(
            new ObjectPath("workspace", $"shop/{folder}/{i}.jpg"),
            new MemoryStream([.. photographs[i % photographs.Length], .. BitConverter.GetBytes(i), (byte)folder[0]]), "image/jpeg", token));

        async Task SeenAsync(int rows)
        {
            const string Count = "SELECT count(*) FROM public.shop WHERE keyword_source = 'model'";
            while (await database.Owner.Command(Count).ScalarAsync<long>(stop) < rows)
                await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
        }
    }

    private static async Task<string> TorchAsync(
        ConvNeXtVariant variant, string what, int side, int batch, bool onCard, double seconds, CancellationToken stop)
    {
        string[] arguments =
        [
            what, string.Join(',', variant.Depths), string.Join(',', variant.Widths), Number(side), Number(batch), Number(Labels),
            onCard ? "cuda" : "cpu", Number(seconds),
        ];
        return await PythonRival.RunAsync("gpu_rival.py", "torch", arguments, stop) is { } figures ? string.Join(" / ", figures.Select(Text)) : "-";
    }

    // As they come: time on a card may run out
    private static void Print(string what, string ours, string torch = "", string aim = "") =>
        Console.WriteLine($"{what,-44}{ours,10}{torch,20}{aim,26}");

    private static string Text(double rate) => Number(Math.Round(rate));

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
