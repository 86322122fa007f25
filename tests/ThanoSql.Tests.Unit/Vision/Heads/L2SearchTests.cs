using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class L2SearchTests
{
    [Fact]
    public void A_gain_of_next_to_nothing_is_not_worth_a_weaker_strength()
    {
        // As held-out photographs of shelves that were trained on read: nothing is left to learn, and the standard error is tiny.
        L2Trial[] trials = [Trial(100, 0.060, 0.004), Trial(10, 0.035, 0.002), Trial(1, 0.024, 0.002), Trial(0.1, 0.022, 0.002)];
        L2Search.Choose(trials)!.L2.ShouldBe(10);
    }

    [Fact]
    public void The_strongest_within_one_standard_error_of_the_best_is_taken()
    {
        L2Trial[] trials = [Trial(1000, 1.30), Trial(100, 1.04), Trial(10, 1.00), Trial(1, 1.03)];
        L2Search.Choose(trials)!.L2.ShouldBe(100);
    }

    [Fact]
    public void Of_both_metrics_the_one_is_taken_that_is_better_with_its_temperature()
    {
        L2Trial[] trials = [Trial(10, 0.50), Trial(10, 0.60) with { WithinLabelScatter = false, CalibratedLoss = 0.49 }];
        L2Search.Choose(trials).ShouldBe(trials[1]);
    }

    [Fact]
    public void Without_trials_there_is_no_choice() => L2Search.Choose([]).ShouldBeNull();

    [Fact]
    public void The_search_ends_when_weaker_strengths_bring_nothing()
    {
        // Far apart: the fifteen strengths would each better the loss a little, without end.
        var trials = HeadTrainer.Train(Clusters.Make(300, 10, 3, spread: 0.1)).Trials;
        trials.CountBy(trial => trial.WithinLabelScatter).ShouldAllBe(metric => metric.Value < 15);
    }

    private static L2Trial Trial(double l2, double loss, double standardError = 0.05) =>
        new(l2, WithinLabelScatter: true, loss, standardError, HeldOutAccuracy: 0.9, Temperature: 1, CalibratedLoss: loss);
}
