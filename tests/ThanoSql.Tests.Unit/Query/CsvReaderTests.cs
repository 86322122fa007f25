using ThanoSql.Query.Copying;

namespace ThanoSql.Tests.Unit.Query;

public class CsvReaderTests
{
    [Fact]
    public void Quotes_hold_commas_quotes_and_line_breaks()
    {
        var csv = new CsvReader("a,\"b,\"\"c\"\"\nd\",\r\n\n\"\",x");

        csv.Read().ShouldBe(["a", "b,\"c\"\nd", null]);
        csv.Line.ShouldBe(1);
        csv.Read().ShouldBe(["", "x"]);
        csv.Line.ShouldBe(4);
        csv.Read().ShouldBeNull();
    }

    [Theory]
    [InlineData("a\n\"b")]
    [InlineData("a\n\"b\"c\n")]
    public void A_broken_quote_is_told_with_its_line(string text)
    {
        var csv = new CsvReader(text);
        csv.Read();

        Should.Throw<CsvException>(csv.Read).Message.ShouldStartWith("line 2");
    }

    [Theory]
    [InlineData("bigint", "1", "-20", null)]
    [InlineData("text", "1", "007", null)]
    [InlineData("text", "9999999999999999999999", "a", null)]
    [InlineData("double precision", "1", "2.5", "1e-3")]
    [InlineData("boolean", "True", "false", null)]
    [InlineData("timestamp", "2026-01-02", "2026-01-02 03:04", null)]
    [InlineData("text", "2026-01-02", "2026-13-02", null)]
    [InlineData("timestamptz", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05+09:00", null)]
    [InlineData("text", null, null, null)]
    public void A_column_gets_the_narrowest_type_that_holds_every_value(string type, params string?[] values) =>
        ColumnTypes.Of(values).ShouldBe(type);
}
