using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Trainer.Building;

namespace ThanoSql.Tests.Unit.Trainer;

public sealed class PromotionGateTests
{
    private static readonly string[] Fruits = ["배", "사과"];

    [Fact]
    public void A_candidate_as_good_as_the_current_version_passes() =>
        Refusals(new PromotionRule { AtLeast = 0.8 }, Metrics(0.9), Fruits, Current(0.9)).ShouldBeEmpty();

    [Fact]
    public void The_first_version_only_has_to_reach_the_bar()
    {
        Refusals(new PromotionRule { AtLeast = 0.8 }, Metrics(0.81), Fruits, null).ShouldBeEmpty();
        Refusals(new PromotionRule { AtLeast = 0.8 }, Metrics(0.79), Fruits, null).ShouldHaveSingleItem().ShouldContain("below 0.8");
    }

    [Fact]
    public void A_little_worse_is_allowed_more_is_not()
    {
        var rule = new PromotionRule { NotWorseBy = 0.01 };
        Refusals(rule, Metrics(0.895), Fruits, Current(0.9)).ShouldBeEmpty();
        Refusals(rule, Metrics(0.88), Fruits, Current(0.9)).ShouldHaveSingleItem().ShouldContain("version 1");
    }

    [Fact]
    public void What_is_not_worse_by_chance_alone_is_refused_unless_nobody_asks()
    {
        var current = Current(0.9) with { NotWorse = 0.7996 };
        Refusals(new PromotionRule(), Metrics(0.9), Fruits, current).ShouldHaveSingleItem()
            .ShouldBe("in 79.9% of the resamples of these images it is no worse than the rule allows, and 80% are wanted (promote: sure): "
                + "more held-out images make surer");
        Refusals(new PromotionRule { Sure = 0.79 }, Metrics(0.9), Fruits, current).ShouldBeEmpty();
        Refusals(new PromotionRule { Sure = 0.79 }, Metrics(0.8), Fruits, current).ShouldHaveSingleItem().ShouldContain("below 0.9000");
        Refusals(new PromotionRule { Sure = 0 }, Metrics(0.9), Fruits, Current(0.9) with { NotWorse = 0.01 }).ShouldBeEmpty();
    }

    [Fact]
    public void A_verdict_says_how_sure_it_is()
    {
        var verdict = PromotionGate.Judge(new PromotionRule(), Metrics(0.92), Fruits, Current(0.9) with { NotWorse = 0.971 });

        verdict.Passed.ShouldBeTrue();
        GateVerdict.Parse(verdict.ToJson())!.Comparison().ShouldBe(
            "its macro_f1 is 0.9200, and that of version 1 on the same images 0.9000; "
            + "in 97.1% of the resamples of these images it is no worse than the rule allows");
        PromotionGate.Judge(new PromotionRule(), Metrics(0.92), Fruits, null).Comparison().ShouldBeNull();
    }

    [Fact]
    public void A_verdict_of_an_earlier_release_has_no_share() =>
        GateVerdict.Parse("""{"metric":"macro_f1","value":0.9,"before":0.8,"against":1,"refusals":[]}""")!.NotWorse.ShouldBeNull();

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_metric_that_is_no_number_is_refused(double value) =>
        Refusals(new PromotionRule(), Metrics(value), Fruits, Current(0.9)).ShouldHaveSingleItem().ShouldContain("not a number");

    [Fact]
    public void Labels_that_went_or_came_are_refused_unless_allowed()
    {
        string[] other = ["귤", "사과"];
        var refusals = Refusals(new PromotionRule(), Metrics(0.9, other), other, Current(0.9));
        refusals.Count.ShouldBe(2);
        refusals[0].ShouldContain("배");
        refusals[1].ShouldContain("귤");
        Refusals(new PromotionRule { AllowLabelChanges = true }, Metrics(0.9, other), other, Current(0.9)).ShouldBeEmpty();
    }

    [Fact]
    public void Each_label_needs_its_held_out_images() =>
        Refusals(new PromotionRule { MinPerLabel = 11 }, Metrics(0.9), Fruits, null).ShouldHaveSingleItem().ShouldContain("배, 사과");

    [Fact]
    public void A_candidate_that_nobody_judged_is_refused() =>
        Refusals(new PromotionRule(), Metrics(0.9) with { HeldOut = 0 }, Fruits, null).ShouldHaveSingleItem().ShouldContain(
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

    [Fact]
    public void A_verdict_says_what_was_compared_and_survives_the_catalog()
    {
        var passed = PromotionGate.Judge(new PromotionRule(), Metrics(0.92), Fruits, Current(0.9));
        (passed.Passed, passed.Value, passed.Before, passed.Against).ShouldBe((true, 0.92, 0.9, 1));
        passed.Words().ShouldBeEmpty();

        string[] many = [.. Enumerable.Range(0, 12).Select(i => $"label {i:00}")];
        var refused = PromotionGate.Judge(new PromotionRule { MinPerLabel = 11 }, Metrics(0.8, many), many, Current(0.9));
        var read = GateVerdict.Parse(refused.ToJson()).ShouldNotBeNull();
        read.Refusals.Select(r => r.Kind).ShouldBe(
            [RefusalKind.Worse, RefusalKind.FewHeldOut, RefusalKind.LabelsMissing, RefusalKind.LabelsNew]);
        read.Refusals[1].More.ShouldBe(2);
        read.Words().ShouldBe(refused.Words());
    }

    [Theory]
    [InlineData(0.9, 1000, 0.0186)]
    [InlineData(1, 100, 0.0185)]
    [InlineData(0.5, 1, 0.4454)]
    public void An_accuracy_says_how_far_it_may_be_off(double accuracy, int images, double off) =>
        VersionMetrics.Uncertainty(accuracy, images).ShouldBe(off, 0.0001);

    private static List<string> Refusals(PromotionRule rule, VersionMetrics candidate, string[] labels, CurrentVersion? current)
    {
        var verdict = PromotionGate.Judge(rule, candidate, labels, current);
        return [.. verdict.Refusals.Select(r => r.Words(verdict.Metric))];
    }

    private static CurrentVersion Current(double value) => new(1, Fruits, Metrics(value));

    private static VersionMetrics Metrics(double value, string[]? labels = null) => new(
        100, 80, 20, value, value, value, value, [.. (labels ?? Fruits).Select(l => new LabelLine(l, value, value, value, 10, 0.5f))],
        [[10, 0], [0, 10]], 1, 10, true);
}
