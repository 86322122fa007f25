using System.Text;
using ThanoSql.Planning;
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
    [InlineData("numeric", "12345678901234567890", "1")]
    [InlineData("numeric", "0.12345678901234567890")]
    [InlineData("numeric", "1e400")]
    [InlineData("double precision", "0.30000000000000004", "100.0", "1.7976931348623157e308")]
    [InlineData("text", "01234567890123456789", "1")]
    [InlineData("bigint", "1", "NULL", "N/A")]
    [InlineData("double precision", "1.5", "NaN")]
    [InlineData("text", "NULL", "NaN")]
    [InlineData("text", "NA", "KR")]
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

    [Theory]
    [InlineData(',', "9,900", "9900")]
    [InlineData(',', "₩9,900", "9900")]
    [InlineData(',', "-$1,234,567.50", "-1234567.50")]
    [InlineData(',', "9900원", "9900")]
    [InlineData('.', "1.234,5", "1234.5")]
    [InlineData('.', "12,5", "12.5")]
    [InlineData(',', "9,90", "9,90")]
    [InlineData(',', ",900", ",900")]
    [InlineData(',', "1,2,3", "1,2,3")]
    [InlineData(',', "무료", "무료")]
    [InlineData(',', "₩", "₩")]
    public void Prices_as_people_write_them_are_numbers_where_that_is_asked(char separator, string written, string plain) =>
        GroupedNumber.Plain(written, separator).ShouldBe(plain);

    [Theory]
    [InlineData("a,b\n1;2;3,4", ',')]
    [InlineData("a;b;c\n1,5;2;3", ';')]
    [InlineData("a\tb\n1,2\t3", '\t')]
    [InlineData("\"a,b,c\";d\n", ';')]
    [InlineData("a|b", '|')]
    [InlineData("alone", ',')]
    public void A_delimiter_is_recognised_in_the_header(string text, char expected) =>
        CsvFile.DelimiterOf(Encoding.UTF8.GetBytes(text)).ShouldBe(expected);

    [Theory]
    [InlineData("949", "CP949")]
    [InlineData("utf-16", "UTF-16")]
    [InlineData("utf-16BE", "UTF-16")]
    [InlineData("utf-8", null)]
    public void An_encoding_is_recognised(string name, string? noted)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var encoding = name == "949" ? Encoding.GetEncoding(949) : Encoding.GetEncoding(name);
        var utf8 = TextEncoding.ToUtf8("'x.csv'", encoding.GetBytes("name,값\n사과 파이,똠방각하\n"), null, out var note);

        Encoding.UTF8.GetString(utf8).ShouldBe("name,값\n사과 파이,똠방각하\n");
        (note is null).ShouldBe(noted is null);
        (note ?? "").ShouldContain(noted ?? "");
    }

    [Fact]
    public void Bytes_in_no_known_encoding_are_refused_unless_one_is_named()
    {
        byte[] latin = [(byte)'c', 0xE9, (byte)'\n'];
        Should.Throw<QueryException>(() => TextEncoding.ToUtf8("'x.csv'", latin, null, out _)).Hint!.ShouldContain("encoding=");
        Encoding.UTF8.GetString(TextEncoding.ToUtf8("'x.csv'", latin, "latin1", out _)).ShouldBe("cé\n");
        Should.Throw<QueryException>(() => TextEncoding.ToUtf8("'x.csv'", latin, "utf-8", out _)).Message.ShouldBe("'x.csv' is not utf-8.");
        Should.Throw<QueryException>(() => TextEncoding.ToUtf8("'x.csv'", latin, "klingon", out _)).Message.ShouldContain("klingon");
    }

    private static List<(long Line, string?[] Fields)> Read(string text) => [.. CsvFile.Read(Encoding.UTF8.GetBytes(text))];
}
