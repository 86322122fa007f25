using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Benchmarks.Training;

/// <summary>Training a head on 100,000 embeddings against scikit-learn at equal loss, and re-keying as many with it.</summary>
internal static class HeadBenchmark
{
    public const string Description = "Training a head (100,000 x 768, 100 labels) against Debian's scikit-learn (python3-sklearn), and scoring";

    private const int Rows = 100_000;
    private const int Dimensions = 768;
    private const int Labels = 100;
    private const double L2 = 1;

    public static async Task RunAsync(string folder, CancellationToken cancellationToken)
    {
        var (embeddings, labels) = Make();
        var data = new TrainingSet(embeddings, Dimensions, [.. labels.Select(l => l.ToString("000", CultureInfo.InvariantCulture))]);
        var options = new HeadTrainingOptions { L2 = L2, Standardize = false, WithinLabelScatter = false, Tolerance = 1e-6, MaxIterations = 500 };
        HeadTrainer.Train(data, options with { MaxIterations = 2 }, cancellationToken: cancellationToken);
        var start = Stopwatch.GetTimestamp();
        var result = HeadTrainer.Train(data, options, cancellationToken: cancellationToken);
        var own = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Write($"  training: {own:F2} s, {result.Iterations} iterations, loss {result.Loss:F6}");
        start = Stopwatch.GetTimestamp();
        var chosen = HeadTrainer.Train(data, cancellationToken: cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Write($"  training with L2 chosen on a fifth, features scaled: {seconds:F2} s, {chosen.Trials.Count} strengths tried");
        Score(result.Head, embeddings, cancellationToken);
        await CompareAsync(folder, embeddings, labels, own, result.Loss, cancellationToken);
    }

    private static void Score(Head head, Half[] embeddings, CancellationToken cancellationToken)
    {
        head.TopKBatch(embeddings, cancellationToken: cancellationToken);
        var start = Stopwatch.GetTimestamp();
        head.TopKBatch(embeddings, cancellationToken: cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Write(
            $"  five best labels of each: {seconds:F3} s, {Rows / seconds:F0} rows/s, {2.0 * Rows * Dimensions * Labels / seconds / 1e9:F0} GFLOP/s");
    }

    private static async Task CompareAsync(
        string folder, Half[] embeddings, int[] labels, double own, double loss, CancellationToken cancellationToken)
    {
        string features = Path.Combine(folder, "head-features.f16"), classes = Path.Combine(folder, "head-labels.i32");
        await File.WriteAllBytesAsync(features, MemoryMarshal.AsBytes(embeddings.AsSpan()).ToArray(), cancellationToken);
        await File.WriteAllBytesAsync(classes, MemoryMarshal.AsBytes(labels.AsSpan()).ToArray(), cancellationToken);
        string[] arguments =
            [features, classes, .. new double[] { Rows, Dimensions, L2, loss }.Select(v => v.ToString("R", CultureInfo.InvariantCulture))];
        if (
            await PythonRival.RunAsync(
                "logistic_regression.py", "python3-sklearn", arguments, cancellationToken) is [var seconds, var reached, var iterations])
        {
            Write($"  scikit-learn: {seconds:F2} s, {iterations:F0} iterations, loss {reached:F6}; ratio {own / seconds:F3}");
        }
    }

    /// <summary>Clusters with correlated noise, as embeddings have it; each of length 1.</summary>
    private static (Half[] Embeddings, int[] Labels) Make()
    {
        const int Factors = 64;
        var random = new Random(1);
        var mixing = Normals(random, Factors * Dimensions, i => 1 / MathF.Sqrt(1 + (i / Dimensions)));
        var centres = Normals(random, Labels * Dimensions, _ => 0.35f);
        var embeddings = new Half[Rows * Dimensions];
        var labels = new int[Rows];
        Parallel.For(0, Rows, row =>
        {
            var own = new Random(row);
            labels[row] = own.Next(Labels);
            var noise = Normals(own, Factors, _ => 1);
            var values = Normals(own, Dimensions, _ => 2);
            for (var d = 0; d < Dimensions; d++)
            {
                values[d] += centres[(labels[row] * Dimensions) + d];
                for (var f = 0; f < Factors; f++)
                    values[d] += noise[f] * mixing[(f * Dimensions) + d];
            }
            var length = MathF.Sqrt(values.Sum(v => v * v));
            for (var d = 0; d < Dimensions; d++)
                embeddings[(row * Dimensions) + d] = (Half)(values[d] / length);
        });
        return (embeddings, labels);
    }

    private static float[] Normals(Random random, int count, Func<int, float> deviation) =>
        [
            .. Enumerable.Range(0, count).Select(
                i => deviation(i) * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))
        ];

    private static void Write(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
