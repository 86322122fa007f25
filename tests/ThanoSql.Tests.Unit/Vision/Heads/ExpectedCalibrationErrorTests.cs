using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class ExpectedCalibrationErrorTests
{
    [Fact]
    public void Each_bin_compares_its_mean_score_with_its_share_of_right_answers()
    {
        // [0.2, 0.4]: 0.3 against 0.5; [0.6, 0.8, 0.9]: 2.3 / 3 against 1 / 3
        float[] scores = [0.9f, 0.2f, 0.8f, 0.4f, 0.6f];
        bool[] right = [false, true, true, false, false];
        ExpectedCalibrationError.Of(scores, right, bins: 2).ShouldBe((0.4 + 1.3) / 5, 1e-6);
    }

    [Fact]
    public void Scores_that_are_right_as_often_as_they_say_have_no_error()
    {
        float[] scores = [.. Enumerable.Repeat(0.25f, 40), .. Enumerable.Repeat(0.75f, 40)];
        bool[] right = [.. scores.Select((score, i) => i % 4 < 4 * score)];
        ExpectedCalibrationError.Of(scores, right).ShouldBe(0, 1e-12);
    }

    [Fact]
    public void A_head_that_is_always_sure_and_half_the_time_wrong_is_half_off() =>
        ExpectedCalibrationError.Of([1, 1, 1, 1], [true, false, true, false]).ShouldBe(0.5);

    [Fact]
    public void The_order_of_rows_with_one_score_does_not_matter()
    {
        float[] scores = [0.5f, 0.5f, 0.5f, 0.5f];
        ExpectedCalibrationError.Of(scores, [true, true, false, false], bins: 2).ShouldBe(0);
        ExpectedCalibrationError.Of(scores, [true, false, true, false], bins: 2).ShouldBe(0);
    }

    [Fact]
    public void Fewer_rows_than_bins_are_a_bin_each() =>
        ExpectedCalibrationError.Of([0.75f, 0.25f], [true, false]).ShouldBe(0.25);

    [Fact]
    public void Chance_alone_shows_an_error_that_falls_with_the_number_of_rows()
    {
        float[] scores = [.. Enumerable.Range(0, 6000).Select(i => 0.2f + (0.79f * i / 6000))];
        var few = ExpectedCalibrationError.OfCalibrated([.. scores.Where((_, i) => i % 12 == 0)], 0.9, draws: 200);
        var many = ExpectedCalibrationError.OfCalibrated(scores, 0.9, draws: 200);
        few.ShouldBeInRange(0.04, 0.1);
        many.ShouldBeInRange(few / 5, few / 2.5);
        ExpectedCalibrationError.OfCalibrated(scores, 0.5, draws: 200).ShouldBeLessThan(many);
    }

    [Fact]
    public void Sure_scores_leave_nothing_to_chance() => ExpectedCalibrationError.OfCalibrated([1, 0, 1], 0.9).ShouldBe(0);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-0.1f)]
    [InlineData(1.1f)]
    public void What_is_no_probability_is_refused(float score)
    {
        Should.Throw<ArgumentException>(() => ExpectedCalibrationError.Of([0.5f, score], [true, true]));
        Should.Throw<ArgumentException>(() => ExpectedCalibrationError.OfCalibrated([score], 0.9));
    }

    [Fact]
    public void No_rows_cannot_be_judged()
    {
        Should.Throw<ArgumentException>(() => ExpectedCalibrationError.Of([], []));
        Should.Throw<ArgumentException>(() => ExpectedCalibrationError.Of([0.5f], [true, false]));
        Should.Throw<ArgumentException>(() => ExpectedCalibrationError.Of([0.5f], [true], bins: 0));
    }
}
