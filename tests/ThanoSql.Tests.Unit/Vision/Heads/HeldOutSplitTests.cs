using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class HeldOutSplitTests
{
    [Fact]
    public void About_the_asked_share_is_held_out() =>
        HeldOutSplit.Assign(Rows(5000, 3)).Values.Count(v => v).ShouldBeInRange(900, 1100);

    [Fact]
    public void Added_rows_do_not_move_the_others()
    {
        var before = HeldOutSplit.Assign(Rows(2000, 4));
        var after = HeldOutSplit.Assign(Rows(3000, 4));
        before.ShouldAllBe(answer => after[answer.Key] == answer.Value);
    }

    [Fact]
    public void Every_label_keeps_a_row_for_training_and_every_large_one_gives_some()
    {
        var rows = Rows(600, 100).ToArray();
        var answers = HeldOutSplit.Assign(rows);
        foreach (var label in rows.GroupBy(r => r.Label))
        {
            label.ShouldContain(r => !answers[r.ContentHash]);
            label.ShouldContain(r => answers[r.ContentHash]);
        }
    }

    [Fact]
    public void A_single_row_is_for_training() =>
        HeldOutSplit.Assign(Enumerable.Range(0, 200).Select(i => ($"content {i}", $"label {i}"))).Values.ShouldAllBe(v => !v);

    [Fact]
    public void Earlier_answers_are_never_changed()
    {
        var rows = Rows(50, 1).ToArray();
        var opposite = HeldOutSplit.Assign(rows).ToDictionary(a => a.Key, a => !a.Value);
        HeldOutSplit.Assign(rows, known: opposite).ShouldBe(opposite, ignoreOrder: true);
    }

    [Fact]
    public void Copies_of_a_content_share_its_side() =>
        HeldOutSplit.Assign([("same", "a"), ("same", "a"), ("same", "b"), ("other", "a")]).Count.ShouldBe(2);

    private static IEnumerable<(string ContentHash, string Label)> Rows(int rows, int labels) =>
        Enumerable.Range(0, rows).Select(i => ($"content {i}", $"label {i % labels}"));
}
