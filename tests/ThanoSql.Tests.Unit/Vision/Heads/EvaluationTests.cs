using System.Text.Json;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class EvaluationTests
{
    private static readonly string[] Truth = ["a", "a", "a", "b", "b", "c"];
    private static readonly string[] Answers = ["a", "a", "b", "b", "a", "b"];

    [Fact]
    public void Metrics_are_those_of_the_confusion_matrix()
    {
        var evaluation = Evaluation.Of(["a", "b", "c"], Truth, Answers);
        evaluation.Accuracy.ShouldBe(0.5);
        evaluation.Confusion.ShouldBe([[2, 1, 0], [1, 1, 0], [0, 1, 0]]);
        evaluation.Labels[0].ShouldBe(new LabelMetrics("a", 2 / 3.0, 2 / 3.0, 2 / 3.0, 3, 3));
        evaluation.Labels[1].ShouldBe(new LabelMetrics("b", 1 / 3.0, 0.5, 0.4, 2, 3));
        evaluation.Labels[2].ShouldBe(new LabelMetrics("c", 0, 0, 0, 1, 0));
        evaluation.MacroF1.ShouldBe(((2 / 3.0) + 0.4) / 3, 1e-12);
    }

    [Fact]
    public void A_label_that_the_head_never_saw_counts_as_wrong()
    {
        var evaluation = Evaluation.Of(["a", "b"], ["a", "new"], ["a", "b"]);
        evaluation.Accuracy.ShouldBe(0.5);
        evaluation.Labels.Select(l => l.Label).ShouldBe(["a", "b", "new"]);
    }

    [Fact]
    public void Labels_without_rows_do_not_weigh_in_the_means() =>
        Evaluation.Of(["a", "b", "c"], ["a", "b"], ["a", "b"]).MacroF1.ShouldBe(1);

    [Fact]
    public void An_evaluation_survives_json()
    {
        var evaluation = Evaluation.Of(["a", "b", "c"], Truth, Answers);
        var copy = JsonSerializer.Deserialize<Evaluation>(JsonSerializer.Serialize(evaluation))!;
        copy.Confusion.ShouldBe(evaluation.Confusion);
        copy.Labels.ShouldBe(evaluation.Labels);
        copy.MacroF1.ShouldBe(evaluation.MacroF1);
    }

    [Fact]
    public void No_rows_cannot_be_judged() => Should.Throw<ArgumentException>(() => Evaluation.Of(["a", "b"], [], []));
}
