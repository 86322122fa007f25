using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class TemperatureTests
{
    private static readonly Head Two = new(["a", "b"], [1, -1], [0, 0], [0, 0]);

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void The_temperature_that_scores_were_spoilt_with_is_found(double spoilt)
    {
        var (probabilities, truth) = Drawn(4000, spoilt);
        Temperature.Fit(Two, probabilities, truth).ShouldBe(1 / spoilt, 0.1 / spoilt);
    }

    [Fact]
    public void With_it_scores_are_right_as_often_as_they_say()
    {
        var (probabilities, truth) = Drawn(4000, 0.4);
        var temperature = Temperature.Fit(Two, probabilities, truth);
        float[] cured = [.. probabilities.Select(p => Logistic(Math.Log(p / (1 - p)) / temperature))];
        Error(cured, truth).ShouldBeLessThan(0.03);
        Error(probabilities, truth).ShouldBeGreaterThan(0.1);
        LogLoss.Of(Two, cured, truth).ShouldBeLessThan(LogLoss.Of(Two, probabilities, truth));
    }

    [Fact]
    public void A_few_rows_move_it_less_than_many()
    {
        var few = Temperature.Fit(Two, [0.9f, 0.1f, 0.9f, 0.1f], ["a", "b"]);
        var many = Temperature.Fit(Two, [.. Enumerable.Repeat(new[] { 0.9f, 0.1f }, 200).SelectMany(p => p)], [.. Alternating(200)]);
        few.ShouldBeInRange(1.01, 2);
        many.ShouldBeGreaterThan(4);
    }

    [Fact]
    public void Rows_that_are_all_right_or_have_scores_of_nothing_give_a_number_within_its_range()
    {
        Temperature.Fit(Two, [.. Enumerable.Repeat(new[] { 0.9f, 0.1f }, 500).SelectMany(p => p)], [.. Enumerable.Repeat("a", 500)])
            .ShouldBeInRange(Temperature.Lowest, 1);
        Temperature.Fit(Two, [.. Enumerable.Repeat(new[] { 1f, 0f }, 500).SelectMany(p => p)], [.. Enumerable.Repeat("b", 500)])
            .ShouldBeInRange(1, Temperature.Highest);
    }

    [Fact]
    public void Nothing_known_leaves_scores_as_they_are()
    {
        Temperature.Fit(Two, [], []).ShouldBe(1);
        Temperature.Fit(Two, [0.9f, 0.1f], ["neither"]).ShouldBe(1, 1e-3);
        Should.Throw<ArgumentException>(() => Temperature.Fit(Two, [0.9f], ["a"]));
    }

    [Fact]
    public void A_head_with_a_temperature_keeps_its_answers_and_its_form()
    {
        var head = new Head(["a", "b", "c"], [1, 0, 0, 1, -1, -1], [0.1f, 0, 0], [0.1f, 0.2f, 0.3f]);
        var calibrated = Head.FromBytes(head.WithTemperature(2).ToBytes());
        Half[] embedding = [(Half)0.7, (Half)0.2];
        var (before, after) = (head.TopK(embedding, 3), calibrated.TopK(embedding, 3));
        after.Select(l => l.Label).ShouldBe(before.Select(l => l.Label));
        Math.Log(after[0].Score / after[2].Score).ShouldBe(Math.Log(before[0].Score / before[2].Score) / 2, 1e-5);
        calibrated.Thresholds.ToArray().ShouldBe([0.1f, 0.2f, 0.3f]);
        foreach (var none in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            Should.Throw<ArgumentOutOfRangeException>(() => head.WithTemperature(none));
    }

    [Fact]
    public void A_training_tells_the_temperature_of_its_folds()
    {
        var data = Clusters.Make(400, 12, 3, spread: 5);
        var result = HeadTrainer.Train(data);
        result.Temperature.ShouldBe(result.Trials.Single(t => (t.L2, t.WithinLabelScatter) == (result.L2, result.WithinLabelScatter)).Temperature);
        HeadTrainer.Train(data, new() { L2 = 1 }).Temperature.ShouldBe(1);
        // The strongest penalty leaves a head hardly anything to be sure of
        result.Trials[0].Temperature.ShouldBeLessThan(0.5);
    }

    /// <summary>Rows whose labels are drawn from true probabilities, and scores whose logits are those, times a factor.</summary>
    private static (float[] Probabilities, string[] Truth) Drawn(int rows, double factor)
    {
        var random = new Random(1);
        var (probabilities, truth) = (new float[2 * rows], new string[rows]);
        for (var i = 0; i < rows; i++)
        {
            var logit = 6 * (random.NextDouble() - 0.5);
            truth[i] = random.NextDouble() < Logistic(logit) ? "a" : "b";
            (probabilities[2 * i], probabilities[(2 * i) + 1]) = (Logistic(logit / factor), Logistic(-logit / factor));
        }
        return (probabilities, truth);
    }

    private static double Error(float[] probabilities, string[] truth)
    {
        float[] scores = [.. truth.Select((_, i) => Math.Max(probabilities[2 * i], probabilities[(2 * i) + 1]))];
        bool[] right = [.. truth.Select((label, i) => label == (probabilities[2 * i] >= probabilities[(2 * i) + 1] ? "a" : "b"))];
        return ExpectedCalibrationError.Of(scores, right);
    }

    private static IEnumerable<string> Alternating(int rows) => Enumerable.Range(0, rows).Select(i => i % 2 == 0 ? "a" : "b");

    private static float Logistic(double logit) => (float)(1 / (1 + Math.Exp(-logit)));
}
