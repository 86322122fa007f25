using System.Text;
using ThanoSql.Query.Copying;

namespace ThanoSql.Tests.Unit.Query;

public class CsvFileTests
{
    [Fact]
    public void Quotes_hold_commas_quotes_and_line_breaks()
    {
        var records = Read("a,\"b,\"\"c\"\"\nd\",\r\n\n\"\",x");

        records.Count.ShouldBe(2);
        records[0].Fields.ShouldBe(["a", "b,\"c\"\nd", null]);
        records[0].Line.ShouldBe(1);
        records[1].Fields.ShouldBe(["", "x"]);
        records[1].Line.ShouldBe(4);
    }

    [Fact]
    public void A_byte_order_mark_a_lone_carriage_return_and_a_quote_inside_a_field_are_read()
    {
        var records = Read("\uFEFF\"a\",b\r12\" 피자, c \r");

        records.Count.ShouldBe(2);
        records[0].Fields.ShouldBe(["a", "b"]);
        records[1].Fields.ShouldBe(["12\" 피자", " c "]);
        records[1].Line.ShouldBe(2);
    }

    [Theory]
    [InlineData("a\n\"b")]
    [InlineData("a\n\"b\"c\n")]
    [InlineData("a\nb\"c,\"d\ne")]
    public void A_broken_quote_is_told_with_its_line(string text) =>
        Should.Throw<CsvException>(() => Read(text)).Message.ShouldStartWith("line 2");

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
    public void A_column_gets_the_narrowest_type_that_holds_every_value(string type, params string?[] values)
    {
        var column = new ColumnType();
        foreach (var value in values)
            column.See(value);

        column.Name.ShouldBe(type);
    }

    private static List<(long Line, string?[] Fields)> Read(string text) => [.. CsvFile.Read(Encoding.UTF8.GetBytes(text))];
}
