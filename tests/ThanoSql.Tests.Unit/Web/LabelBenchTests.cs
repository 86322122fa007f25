using ThanoSql.Catalog.Labels;
using ThanoSql.Web.Labels;

namespace ThanoSql.Tests.Unit.Web;

/// <summary>Choosing among pictures in rows of four: ten of them.</summary>
public sealed class LabelBenchTests
{
    private const int Columns = 4;

    private readonly LabelBench _bench = new();

    public LabelBenchTests()
    {
        _bench.Add(Enumerable.Range(0, 10).Select(View));
        _bench.Choose(0, Reach.Only);
    }

    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(1, 0, 1, 5)]
    [InlineData(3, 1, 0, 4)]
    [InlineData(0, -1, 0, 0)] // no way around the ends
    [InlineData(2, 0, -1, 2)]
    [InlineData(7, 0, 1, 9)] // the last row is shorter
    [InlineData(8, 0, 1, 8)]
    [InlineData(9, 1, 0, 9)]
    public void Arrows_move_in_two_dimensions(int from, int right, int down, int to)
    {
        _bench.Choose(from, Reach.Only);

        _bench.Move(right, down, Columns, Reach.Only);

        (_bench.Current, Chosen()).ShouldBe((to, $"{to}"));
    }

    [Fact]
    public void A_range_grows_and_shrinks_from_where_it_began()
    {
        _bench.Choose(5, Reach.Only);

        _bench.Move(0, 1, Columns, Reach.Range);
        Chosen().ShouldBe("5 6 7 8 9");
        _bench.Move(0, -1, Columns, Reach.Range);
        _bench.Move(-1, 0, Columns, Reach.Range);
        Chosen().ShouldBe("4 5");
    }

    [Fact]
    public void Single_pictures_come_and_go_and_keys_may_pass_over_others()
    {
        _bench.Choose(3, Reach.Toggle);
        _bench.Choose(0, Reach.Toggle);
        Chosen().ShouldBe("3");
        _bench.Move(1, 0, Columns, Reach.None);
        (_bench.Current, Chosen()).ShouldBe((1, "3"));

        _bench.ChooseAll();
        _bench.Count.ShouldBe(10);
        _bench.ChooseNone();
        _bench.Move(1, 0, Columns, Reach.Only);
        Chosen().ShouldBe("1"); // first the one where keys stand
    }

    [Fact]
    public void What_follows_the_pictures_that_leave_is_next_and_what_comes_back_lies_where_it_was()
    {
        _bench.Choose(3, Reach.Only);
        _bench.Choose(5, Reach.Toggle);

        var taken = _bench.TakeChosen();
        Chosen().ShouldBe("4");
        _bench.TakeChosen();
        Chosen().ShouldBe("6");
        _bench.PutBack(taken);

        Chosen().ShouldBe("3 5");
        _bench.Views.Select(v => v.Item.ImageId).ShouldBe([0, 1, 2, 3, 6, 5, 7, 8, 9]);
        _bench.PutBack(taken); // not twice
        _bench.Views.Count.ShouldBe(9);
    }

    [Fact]
    public void The_last_pictures_leave_an_empty_bench()
    {
        _bench.ChooseAll();

        _bench.TakeChosen().Count.ShouldBe(10);
        _bench.TakeChosen().ShouldBeEmpty();
        _bench.Move(1, 0, Columns, Reach.Only);

        (_bench.Views.Count, _bench.Count, _bench.Current).ShouldBe((0, 0, 0));
    }

    private string Chosen() => string.Join(' ', _bench.Chosen.Select(v => v.Item.ImageId));

    private static LabelView View(int number) => new(
        new WorkItem(number, number, "workspace", $"{number}.jpg", [], "과일", 0.5f, null, null, null, null, null, null),
        $"{number}.jpg", "", null, []);
}
