using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class LabelThresholdsTests
{
    private static readonly Head Three = new(["a", "b", "c"], new float[3], new float[3], new float[3]);

    [Fact]
    public void The_threshold_parts_right_answers_from_wrong_ones()
    {
        float[] probabilities = [0.9f, 0.05f, 0.05f, 0.8f, 0.1f, 0.1f, 0.4f, 0.3f, 0.3f, 0.4f, 0.35f, 0.25f];
        LabelThresholds.Choose(Three, probabilities, ["a", "a", "b", "b"])[0].ShouldBe(0.6f, 1e-6f);
    }

    [Fact]
    public void All_right_answers_are_kept() =>
        LabelThresholds.Choose(Three, [0.5f, 0.3f, 0.2f, 0.9f, 0.05f, 0.05f], ["a", "a"])[0].ShouldBe(0);

    [Fact]
    public void A_label_without_held_out_rows_takes_the_common_threshold()
    {
        float[] probabilities = [0.9f, 0.05f, 0.05f, 0.1f, 0.7f, 0.2f, 0.4f, 0.3f, 0.3f];
        var thresholds = LabelThresholds.Choose(Three, probabilities, ["a", "b", "b"]);
        thresholds[2].ShouldBe(0.55f, 1e-6f);
    }

    [Fact]
    public void Without_rows_nothing_is_held_back() => LabelThresholds.Choose(Three, [], []).ShouldBe([0f, 0f, 0f]);
}
