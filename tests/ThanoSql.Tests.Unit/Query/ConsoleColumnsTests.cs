using ThanoSql.Query.Results;
using ThanoSql.Query.Statements;

namespace ThanoSql.Tests.Unit.Query;

public sealed class ConsoleColumnsTests
{
    private const uint Text = 25;

    [Theory]
    [InlineData(true, "shop/a.jpg", null, "./b.PNG")]
    [InlineData(true, "s3://other/a.webp")]
    [InlineData(false, "shop/a.jpg", "a word")]
    [InlineData(false, "https://shop.example/a.jpg")]
    [InlineData(false, "../../etc/a.jpg")]
    [InlineData(false, null, null)]
    [InlineData(false)]
    public void A_column_of_texts_shows_pictures_when_all_it_holds_are_paths_of_them(bool shows, params string?[]? values) =>
        Kind(Text, null, values ?? [null]).ShouldBe(shows ? ConsoleKind.Picture : ConsoleKind.Text);

    [Fact]
    public void The_column_that_PRINT_names_shows_pictures_whatever_they_are_called() =>
        Kind(Text, "a", ["no-extension"]).ShouldBe(ConsoleKind.Picture);

    [Theory]
    [InlineData(23u, true)]
    [InlineData(1700u, true)]
    [InlineData(1184u, false)]
    [InlineData(16u, false)]
    public void Numbers_are_known_by_their_type(uint type, bool isNumber) =>
        Kind(type, null, ["1"]).ShouldBe(isNumber ? ConsoleKind.Number : ConsoleKind.Text);

    private static ConsoleKind Kind(uint type, string? printed, IReadOnlyList<string?> values)
    {
        var table = new ResultTable([new ResultColumn("a", type, "any")], [.. values.Select(value => new[] { value })]);
        return ConsoleColumns.Of(table, printed, "workspace").Single().Kind;
    }
}
