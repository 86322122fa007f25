using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class EvaluationEstimatesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(7)]
    [InlineData(400)]
    public void The_calibration_error_of_a_resample_is_the_one_of_its_rows_written_out(int rows)
    {
        var random = new Random(rows);
        float[] scores = [.. Enumerable.Range(0, rows).Select(_ => MathF.Round(random.NextSingle(), 1)).Order()]; // some are equal
        bool[] right = [.. scores.Select(s => random.NextSingle() < s)];
        int[] counts = [.. scores.Select(_ => random.Next(4))];
        int[] once = [.. Enumerable.Repeat(1, rows)];
        var resampled = new ResampledCalibrationError(scores, right);

        resampled.Of(once).ShouldBe(ExpectedCalibrationError.Of(scores, right), 1e-6);
        resampled.Of(counts).ShouldBe(ExpectedCalibrationError.Of(Repeated(scores), Repeated(right)), 1e-6);

        T[] Repeated<T>(T[] values) => [.. values.SelectMany((v, i) => Enumerable.Repeat(v, counts[i]))];
    }

    [Fact]
    public void Figures_are_those_of_the_rows_and_lie_in_their_intervals()
    {
        var rows = Rows(300);
        var found = EvaluationEstimates.Of(rows, Cancellation);

        var evaluation = Evaluation.Of([], [.. rows.Select(r => r.Truth)], [.. rows.Select(r => r.Best[0])]);
        found.Accuracy.Value.ShouldBe(evaluation.Accuracy, 1e-12);
        found.MacroF1.Value.ShouldBe(evaluation.MacroF1, 1e-12);
        found.Top3.Value.ShouldBe(rows.Count(r => r.Best.Take(3).Contains(r.Truth)) / 300.0, 1e-12);
        found.CalibrationError.Value.ShouldBe(
            ExpectedCalibrationError.Of([.. rows.Select(r => r.Score)], [.. rows.Select(r => r.Best[0] == r.Truth)]), 1e-6);
        foreach (var figure in new[] { found.Accuracy, found.MacroRecall, found.MacroPrecision, found.MacroF1, found.Top3 })
        {
            figure.Low.ShouldBeLessThan(figure.Value);
            figure.High.ShouldBeGreaterThan(figure.Value);
        }
    }

    [Fact]
    public void The_order_of_the_rows_changes_nothing()
    {
        var rows = Rows(100);

        EvaluationEstimates.Of(rows.Reverse(), Cancellation).ShouldBe(EvaluationEstimates.Of(rows, Cancellation));
    }

    [Fact]
    public void One_row_is_enough() =>
        EvaluationEstimates.Of([new JudgedRow("a", ["a"], 1)], Cancellation).Accuracy.ShouldBe(new Estimate(1, 1, 1));

    private static JudgedRow[] Rows(int count)
    {
        var random = new Random(7);
        string[] labels = ["a", "b", "c", "d", "e"];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            string[] best = [.. labels];
            random.Shuffle(best);
            return new JudgedRow(random.Next(2) == 0 ? best[0] : labels[random.Next(5)], best, MathF.Round(random.NextSingle(), 2));
        })];
    }
}
