namespace ThanoSql.Vision.Heads;

/// <summary>What EVALUATE says: each figure with the interval in which it may lie, since other rows might have judged.</summary>
/// <param name="Top3">The share of rows whose label is among the three best.</param>
/// <param name="CalibrationError">
/// See <see cref="ExpectedCalibrationError"/>. Of few rows its interval may lie above it: chance alone makes some.
/// </param>
public sealed record EvaluationEstimates(
    Estimate Accuracy, Estimate MacroRecall, Estimate MacroPrecision, Estimate MacroF1, Estimate Top3, Estimate CalibrationError)
{
    /// <summary>Labels of a row that <see cref="Top3"/> looks at.</summary>
    public const int Best = 3;

    /// <param name="rows">At least one, in any order: the result does not depend on it.</param>
    /// <param name="cancellationToken">Stops the resampling.</param>
    public static EvaluationEstimates Of(IEnumerable<JudgedRow> rows, CancellationToken cancellationToken)
    {
        JudgedRow[] ordered =
        [
            .. rows.OrderBy(r => r.Score).ThenBy(r => r.Truth, StringComparer.Ordinal).ThenBy(r => r.Best[0], StringComparer.Ordinal)
                .ThenBy(r => r.IsAmongBest),
        ];
        var answers = JudgedAnswers.Of([.. ordered.Select(r => r.Truth)], [.. ordered.Select(r => r.Best[0])]);
        float[] scores = [.. ordered.Select(r => Math.Clamp(r.Score, 0, 1))];
        var calibration = new ResampledCalibrationError(scores, [.. ordered.Select(r => r.Best[0] == r.Truth)]);
        bool[] among = [.. ordered.Select(r => r.IsAmongBest)];
        var once = new int[ordered.Length];
        Array.Fill(once, 1);
        var measured = Measure(once);
        var resampled = Bootstrap.Draw(ordered.Length, Measure, cancellationToken);
        return new(
            Estimated(f => f.Rates.Accuracy), Estimated(f => f.Rates.MacroRecall), Estimated(f => f.Rates.MacroPrecision),
            Estimated(f => f.Rates.MacroF1), Estimated(f => f.Top3), Estimated(f => f.CalibrationError));

        (Rates Rates, double Top3, double CalibrationError) Measure(ReadOnlySpan<int> counts) =>
            (answers.RatesOf(counts), Share(among, counts), calibration.Of(counts));

        Estimate Estimated(Func<(Rates Rates, double Top3, double CalibrationError), double> figure)
        {
            var (low, high) = Bootstrap.Interval(resampled.Select(figure));
            return new Estimate(figure(measured), low, high);
        }
    }

    private static double Share(bool[] hits, ReadOnlySpan<int> counts)
    {
        var sum = 0L;
        for (var i = 0; i < hits.Length; i++)
            sum += hits[i] ? counts[i] : 0;
        return (double)sum / hits.Length;
    }
}

/// <summary>A figure, and between which values it lies at 95 %.</summary>
public readonly record struct Estimate(double Value, double Low, double High);

/// <summary>A row that was answered.</summary>
/// <param name="Best">The best labels, at least one, best first.</param>
/// <param name="Score">Of the best, 0 to 1.</param>
public sealed record JudgedRow(string Truth, IReadOnlyList<string> Best, float Score)
{
    internal bool IsAmongBest => Best.Take(EvaluationEstimates.Best).Contains(Truth, StringComparer.Ordinal);
}
