using System.Diagnostics;
using Spectre.Console;
using ThanoSql.Benchmarks.Accuracy;
using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Training;

/// <summary>
/// BUILD MODEL's two ways from photographs to a model, in seconds and in accuracy on photographs that neither saw: a head on the frozen bundled
/// trunk, and the whole trunk trained for five epochs. Grocery Store dataset (Klasson et al., WACV 2019), 43 coarse labels, official train split →
/// test split; a fifth of the train split is held out, as BUILD MODEL does.
/// </summary>
internal static class TuningBenchmark
{
    public const string Description = "A head on the frozen trunk against fine-tuning, 5 epochs of ConvNeXt_Atto at 128 px: groceries (--data DIR)";

    private const string Algorithm = "ConvNeXt_Atto";
    private const int Side = 128;
    private const int HeldOutEvery = 5;

    private static readonly VisionOptions Vision = new() { Provider = VisionProvider.Cpu };
    private static readonly InferenceSessionFactory Sessions = new(Vision);

    public static async Task RunAsync(string data, CancellationToken cancellationToken)
    {
        var coarse = File.ReadLines(Path.Combine(data, "grocery", "classes.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(
            f => f[0], f => f[2]);
        var train = LabelledPhotographs.OfFolders(Path.Combine(data, "grocery", "train")).Relabelled(c => coarse[c]);
        var test = LabelledPhotographs.OfFolders(Path.Combine(data, "grocery", "test")).Relabelled(c => coarse[c]);
        var table = new Table().AddColumns("groceries, 43 coarse", "seconds", "accuracy");

        foreach (var side in new[] { Side, BundledTrunks.Preprocessing[Algorithm].InputSize })
        {
            var start = Stopwatch.GetTimestamp();
            using var source = FeatureSource.Bundled(Algorithm, side);
            var features = source.Read(train.Files, cancellationToken);
            var head = HeadTrainer.Train(new TrainingSet(features, source.Size, train.Labels), cancellationToken: cancellationToken).Head;
            AddRow(
                $"head on the frozen trunk, {side} px", Stopwatch.GetElapsedTime(start),
                Accuracy(head, source.Read(test.Files, cancellationToken), test, cancellationToken));
        }
        var begun = Stopwatch.GetTimestamp();
        var tuned = await TuneAsync(train, cancellationToken);
        var took = Stopwatch.GetElapsedTime(begun);
        using (var source = FeatureSource.Trunk($"tuned, {Side} px", SafeTensors.Parse(tuned.Trunk, "tuned"), new Preprocessing(Side)))
        {
            var features = source.Read(test.Files, cancellationToken);
            AddRow($"fine-tuned, {tuned.History.Count - 1} epochs, {Side} px", took, Accuracy(tuned.Head, features, test, cancellationToken));
            var start = Stopwatch.GetTimestamp();
            var head = HeadTrainer.Train(
                new TrainingSet(source.Read(train.Files, cancellationToken), source.Size, train.Labels), cancellationToken: cancellationToken)
                .Head;
            AddRow(
                "  and a head on it, as BUILD MODEL trains one", took + Stopwatch.GetElapsedTime(start),
                Accuracy(head, features, test, cancellationToken));
        }
        AnsiConsole.Write(table);
        Console.WriteLine(
            $"{train.Files.Count} photographs to learn from, {test.Files.Count} to judge by, " +
            $"{Environment.ProcessorCount} cores; decoding is part of the seconds, judging is not.");

        void AddRow(string what, TimeSpan time, double accuracy) => table.AddRow(what, $"{time.TotalSeconds:F1}", $"{accuracy:F3}");
    }

    private static async Task<FineTuneResult> TuneAsync(LabelledPhotographs train, CancellationToken cancellationToken)
    {
        var side = (int)Math.Ceiling(Side * Preprocessing.DefaultResizeRatio);
        var crops = new byte[train.Files.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.For(0, crops.Length, options, i =>
            crops[i] = LabelledCrops.FromTensor(ImageDecoder.Decode(File.ReadAllBytes(train.Files[i]), new Preprocessing(side, 1))));
        var weights = SafeTensors.Open(Path.Combine(AppContext.BaseDirectory, "models", "base", Algorithm + ".safetensors"));
        var input = new FineTuneInput(weights, Part(i => i % HeldOutEvery != 0), Part(i => i % HeldOutEvery == 0));
        return await FineTuner.RunAsync(
            new FineTuneOptions { Epochs = 5, InputSize = Side }, input, Sessions, new Progress<FineTuneProgress>(Say), cancellationToken);

        LabelledCrops Part(Func<int, bool> isIn)
        {
            int[] rows = [.. Enumerable.Range(0, crops.Length).Where(isIn)];
            return new([.. rows.Select(i => train.Labels[i])], side, i => crops[rows[i]]);
        }
    }

    private static void Say(FineTuneProgress progress)
    {
        if (progress.Phase == FineTunePhase.Estimated)
            Console.WriteLine($"fine-tuning: {progress.Remaining.TotalMinutes:F1} minutes at most");
        if (progress.Phase == FineTunePhase.EpochDone)
            Console.WriteLine($"  epoch {progress.Last!.Epoch}: held-out accuracy {progress.Last.HeldOutAccuracy:F3}");
    }

    private static double Accuracy(Head head, Half[] features, LabelledPhotographs test, CancellationToken cancellationToken) =>
        head.TopKBatch(features, 1, cancellationToken: cancellationToken)
            .Zip(test.Labels).Count(pair => pair.First[0].Label == pair.Second) / (double)test.Labels.Count;
}
