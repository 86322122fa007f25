using System.Globalization;
using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Training;

/// <summary>A fine-tuning step (forward, backward, clipping, AdamW) against Debian's torch: same network, size, batch and cores, in turns.</summary>
internal static class TrainingStepBenchmark
{
    public const string Description = "Fine-tuning step against Debian's torch (python3-torch, libopenblas0-pthread)";

    private const int Labels = 43;
    private const int Rounds = 3;
    private const double Seconds = 5;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var (variant, side, batch) in new[] { ("atto", 128, 16), ("atto", 224, 16), ("tiny", 128, 8) })
            await RunAsync(ConvNeXtVariant.Find(variant)!, side, batch, cancellationToken);
    }

    private static async Task RunAsync(ConvNeXtVariant variant, int side, int batch, CancellationToken cancellationToken)
    {
        var threads = Environment.ProcessorCount;
        string[] arguments =
        [
            string.Join(',', variant.Depths), string.Join(',', variant.Widths), Text(side), Text(batch), Text(Labels), Text(threads), Text(Seconds),
        ];
        var ours = new List<double[]>();
        var torch = new List<double[]>();
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(Measure(variant, side, batch, threads, cancellationToken));
            if (await PythonRival.RunAsync("training_step.py", "python3-torch", arguments, cancellationToken) is { } figures)
                torch.Add(figures);
        }
        Print($"{variant} {side} px, batch {batch}, {threads} threads", ours, torch);
    }

    /// <summary>Images per wall second and per CPU second.</summary>
    private static double[] Measure(ConvNeXtVariant variant, int side, int batch, int threads, CancellationToken cancellationToken)
    {
        var model = ConvNeXtTraining.Build(variant, side, (batch + threads - 1) / threads, Labels);
        var options = new FineTuneOptions { BatchSize = batch, InputSize = side, TrainingSize = side, Threads = threads };
        var sessions = new InferenceSessionFactory(new VisionOptions { Provider = VisionProvider.Cpu });
        using var stepper = new HostStepper(model, StepperRate.State(variant, model), options, sessions);
        return StepperRate.Measure(stepper, options, Labels, Seconds, cancellationToken);
    }

    private static void Print(string what, List<double[]> ours, List<double[]> torch)
    {
        foreach (var (unit, i) in new[] { ("images/s", 0), ("images/CPU-s", 1) })
        {
            var own = Median(ours, i);
            var line = string.Create(CultureInfo.InvariantCulture, $"  {what,-36} {own,7:F1} {unit,-12}");
            if (torch.Count > 0)
                line += string.Create(CultureInfo.InvariantCulture, $"  torch {Median(torch, i),7:F1}  ratio {own / Median(torch, i):F2}");
            Console.WriteLine(line);
        }
    }

    private static double Median(List<double[]> figures, int column) => figures.Select(f => f[column]).Order().ElementAt(figures.Count / 2);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
