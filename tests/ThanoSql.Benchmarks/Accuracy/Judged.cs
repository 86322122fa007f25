using System.Globalization;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>What heads said of photographs that they were not trained on.</summary>
/// <param name="Right">[N]: whether the best label is the true one.</param>
/// <param name="Scores">[N]: of the best label.</param>
/// <param name="Losses">[N]: cross-entropies of the true label.</param>
internal sealed record Judged(bool[] Right, float[] Scores, double[] Losses)
{
    public double Accuracy => Right.Average(right => right ? 1.0 : 0);

    public double LogLoss => Losses.Average();

    public double CalibrationError => ExpectedCalibrationError.Of(Scores, Right);

    /// <summary>The calibration error that one in ten perfectly calibrated heads with these scores exceeds.</summary>
    public double CalibrationErrorByChance => ExpectedCalibrationError.OfCalibrated(Scores, 0.9);

    public static Judged Of(Head head, Half[] rows, IReadOnlyList<string> truth)
    {
        var labels = head.Labels.Count;
        var probabilities = new float[truth.Count * labels];
        head.ScoreBatch(rows, probabilities);
        var best = Enumerable.Range(0, truth.Count).Select(i => head.TopK(probabilities.AsSpan(i * labels, labels), 1)[0]).ToArray();
        return new(
            [.. best.Zip(truth, (b, label) => b.Label == label)],
            [.. best.Select(b => Math.Min(b.Score, 1))],
            [.. truth.Select((label, i) => LogLossOf(head, probabilities.AsSpan(i * labels, labels), label))]);
    }

    public static Judged Pooled(IReadOnlyCollection<Judged> parts) => new(
        [.. parts.SelectMany(p => p.Right)], [.. parts.SelectMany(p => p.Scores)], [.. parts.SelectMany(p => p.Losses)]);

    private static double LogLossOf(Head head, ReadOnlySpan<float> probabilities, string label) =>
        ThanoSql.Vision.Heads.LogLoss.Of(head, probabilities, [label]);
}

/// <summary>A mean and its 95 % interval by bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3).</summary>
internal readonly record struct Interval(double Mean, double Low, double High)
{
    private const int Resamples = 2000;

    /// <param name="values">Drawn independently of each other: photographs, or whole draws of a training set.</param>
    public static Interval Of(IReadOnlyList<double> values)
    {
        var random = new Random(1);
        var means = new double[Resamples];
        for (var b = 0; b < Resamples; b++)
        {
            for (var i = 0; i < values.Count; i++)
                means[b] += values[random.Next(values.Count)] / values.Count;
        }
        Array.Sort(means);
        return new(values.Average(), means[Resamples / 40], means[Resamples - 1 - (Resamples / 40)]);
    }

    public static Interval Of(Judged judged) => Of([.. judged.Right.Select(right => right ? 1.0 : 0)]);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:F3} ({Low:F3} to {High:F3})");
}
