using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class BootstrapTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Each_resample_has_as_many_rows_and_all_are_the_same_the_next_time()
    {
        var draws = Bootstrap.Draw(50, counts => string.Join(' ', counts.ToArray()), Cancellation);

        draws.Count.ShouldBe(1000);
        draws.Select(d => d.Split(' ').Sum(int.Parse)).Distinct().ShouldBe([50]);
        draws.Distinct().Count().ShouldBe(1000);
        Bootstrap.Draw(50, counts => string.Join(' ', counts.ToArray()), Cancellation).ShouldBe(draws);
    }

    [Theory]
    [InlineData(0.9, 100)]
    [InlineData(0.7, 400)]
    public void The_interval_of_an_accuracy_is_nearly_the_one_of_theory(double accuracy, int rows)
    {
        string[] truth = [.. Enumerable.Repeat("a", rows)];
        var answers = JudgedAnswers.Of(truth, [.. truth.Select((t, i) => i < rows * accuracy ? t : "b")]);

        var (low, high) = Bootstrap.Interval(Bootstrap.Draw(rows, counts => answers.RatesOf(counts).Accuracy, Cancellation));

        var error = 1.96 * Math.Sqrt(accuracy * (1 - accuracy) / rows);
        low.ShouldBe(accuracy - error, 0.012);
        high.ShouldBe(accuracy + error, 0.012);
    }

    [Fact]
    public void Rates_of_resampled_rows_are_those_of_the_rows_written_out()
    {
        string[] truth = ["a", "a", "b", "b", "c", "d"];
        string[] answer = ["a", "b", "b", "b", "a", "d"];
        int[] counts = [2, 1, 0, 3, 1, 0]; // of d there is none
        string[] Repeated(string[] values) => [.. values.SelectMany((v, i) => Enumerable.Repeat(v, counts[i]))];

        var rates = JudgedAnswers.Of(truth, answer).RatesOf(counts);

        var evaluation = Evaluation.Of(["a", "b", "c", "d"], Repeated(truth), Repeated(answer));
        rates.Accuracy.ShouldBe(evaluation.Accuracy, 1e-12);
        rates.MacroPrecision.ShouldBe(evaluation.MacroPrecision, 1e-12);
        rates.MacroRecall.ShouldBe(evaluation.MacroRecall, 1e-12);
        rates.MacroF1.ShouldBe(evaluation.MacroF1, 1e-12);
    }

    [Fact]
    public void Answers_that_are_the_same_are_never_worse() => ShareNotWorse(50, 40, 0, 0).ShouldBe(1);

    [Fact]
    public void Whether_one_is_better_is_less_sure_of_few_rows_than_of_many()
    {
        // One more right in fifty, with four rows that went the other way
        var few = ShareNotWorse(50, 40, lost: 4, won: 5);
        var many = ShareNotWorse(5000, 4000, lost: 400, won: 500);

        few.ShouldBeInRange(0.5, 0.8);
        many.ShouldBeGreaterThan(0.99);
        ShareNotWorse(5000, 4000, lost: 500, won: 400).ShouldBeLessThan(0.01);
    }

    [Fact]
    public void What_is_allowed_counts_as_not_worse()
    {
        var answers = JudgedAnswers.Of(["a", "b"], ["a", "b"]);
        var worse = JudgedAnswers.Of(["a", "b"], ["b", "a"]);

        Bootstrap.ShareNotWorse(worse, answers, r => r.Accuracy, 1, Cancellation).ShouldBe(1);
        Bootstrap.ShareNotWorse(worse, answers, r => r.Accuracy, 0.99, Cancellation).ShouldBe(0);
        Should.Throw<ArgumentException>(() => Bootstrap.ShareNotWorse(answers, JudgedAnswers.Of(["a"], ["a"]), r => r.Accuracy, 0, Cancellation));
    }

    [Fact]
    public void More_rows_are_drawn_less_often()
    {
        Bootstrap.ResamplesOf(1).ShouldBe(1000);
        Bootstrap.ResamplesOf(40_000).ShouldBe(500);
        Bootstrap.ResamplesOf(int.MaxValue).ShouldBe(200);
    }

    // The other is right in its first rows; this one loses some of them, and wins some of the rest
    private static double ShareNotWorse(int rows, int right, int lost, int won)
    {
        string[] truth = [.. Enumerable.Repeat("a", rows)];
        string[] other = [.. truth.Select((_, i) => i < right ? "a" : "b")];
        string[] one = [.. truth.Select((_, i) => i < right ? i < lost ? "b" : "a" : i < right + won ? "a" : "b")];
        return Bootstrap.ShareNotWorse(JudgedAnswers.Of(truth, one), JudgedAnswers.Of(truth, other), r => r.Accuracy, 0, Cancellation);
    }
}
