using ThanoSql.Catalog.Pipelines;
using ThanoSql.Trainer.Building;

namespace ThanoSql.Tests.Unit.Trainer;

public sealed class PromotionGateTests
{
    private static readonly string[] Fruits = ["배", "사과"];

    [Fact]
    public void A_candidate_as_good_as_the_current_version_passes() =>
        PromotionGate.Refusals(new PromotionRule { AtLeast = 0.8 }, Metrics(0.9), Fruits, Current(0.9)).ShouldBeEmpty();

    [Fact]
    public void The_first_version_only_has_to_reach_the_bar()
    {
        PromotionGate.Refusals(new PromotionRule { AtLeast = 0.8 }, Metrics(0.81), Fruits, null).ShouldBeEmpty();
        PromotionGate.Refusals(new PromotionRule { AtLeast = 0.8 }, Metrics(0.79), Fruits, null).ShouldHaveSingleItem().ShouldContain("below 0.8");
    }

    [Fact]
    public void A_little_worse_is_allowed_more_is_not()
    {
        var rule = new PromotionRule { NotWorseBy = 0.01 };
        PromotionGate.Refusals(rule, Metrics(0.895), Fruits, Current(0.9)).ShouldBeEmpty();
        PromotionGate.Refusals(rule, Metrics(0.88), Fruits, Current(0.9)).ShouldHaveSingleItem().ShouldContain("version 1");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_metric_that_is_no_number_is_refused(double value) =>
        PromotionGate.Refusals(new PromotionRule(), Metrics(value), Fruits, Current(0.9)).ShouldHaveSingleItem().ShouldContain("not a number");

    [Fact]
    public void Labels_that_went_or_came_are_refused_unless_allowed()
    {
        string[] other = ["귤", "사과"];
        var refusals = PromotionGate.Refusals(new PromotionRule(), Metrics(0.9, other), other, Current(0.9));
        refusals.Count.ShouldBe(2);
        refusals[0].ShouldContain("배");
        refusals[1].ShouldContain("귤");
        PromotionGate.Refusals(new PromotionRule { AllowLabelChanges = true }, Metrics(0.9, other), other, Current(0.9)).ShouldBeEmpty();
    }

    [Fact]
    public void Each_label_needs_its_held_out_images() =>
        PromotionGate.Refusals(new PromotionRule { MinPerLabel = 11 }, Metrics(0.9), Fruits, null).ShouldHaveSingleItem().ShouldContain("배, 사과");

    [Fact]
    public void A_candidate_that_nobody_judged_is_refused() =>
        PromotionGate.Refusals(new PromotionRule(), Metrics(0.9) with { HeldOut = 0 }, Fruits, null).ShouldHaveSingleItem().ShouldContain(
            "no image is held out");

    [Fact]
    public void Metrics_survive_the_catalog()
    {
        var metrics = Metrics(0.9);

        var read = VersionMetrics.Parse(metrics.ToJson()).ShouldNotBeNull();

        read.MacroF1.ShouldBe(0.9);
        read.Labels.ShouldBe(metrics.Labels);
        VersionMetrics.Parse("{}").ShouldBeNull();
    }

    private static CurrentVersion Current(double value) => new(1, Fruits, Metrics(value));

    private static VersionMetrics Metrics(double value, string[]? labels = null) => new(
        100, 80, 20, value, value, value, value, [.. (labels ?? Fruits).Select(l => new LabelLine(l, value, value, value, 10, 0.5f))],
        [[10, 0], [0, 10]], 1, 10, true);
}
