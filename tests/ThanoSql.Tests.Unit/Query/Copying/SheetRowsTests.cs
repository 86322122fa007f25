using ThanoSql.Planning;
using ThanoSql.Query.Copying;
using ThanoSql.Query.Execution;
using static ThanoSql.Tests.Fixtures.TestWorkbook;
using SourceRows = ThanoSql.Query.Copying.SourceRows;

namespace ThanoSql.Tests.Unit.Query.Copying;

public sealed class SheetRowsTests
{
    private static readonly QueryLimits Limits = new() { CopyMegabytes = 1 };

    [Fact]
    public void Values_are_those_that_Excel_shows()
    {
        var rows = Read(Of(
            Row(1, "상품", "바코드", "코드", "우편번호", "날짜", "시각", "참", "가격"),
            Row(2, "사과 파이", 8_801_234_567_890, "007", Styled(6236, PostCode), Styled(45351, Date), Styled(0.75, TimeOfDay), true, 9900.5),
            Row(3, " 백향과", 4_006_381_333_931, "008", Styled(12345, PostCode), Styled(45351.25, Date), Styled(0.5, TimeOfDay), false, 0.1)));

        rows.Columns.Select(c => $"{c.Name} {c.Type}").ShouldBe(
            ["상품 text", "바코드 bigint", "코드 text", "우편번호 text", "날짜 timestamp", "시각 text", "참 boolean", "가격 double precision"]);
        Text(rows).ShouldBe(
        [
            "사과 파이|8801234567890|007|06236|2024-02-29|18:00:00|true|9900.5",
            " 백향과|4006381333931|008|12345|2024-02-29 06:00:00|12:00:00|false|0.1",
        ]);
        rows.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void Empty_rows_and_columns_are_passed_over()
    {
        var rows = Read(Of(Row(3, null, "a", null, "b"), Row(5, null, 1, null, "x"), Row(6, null, "", null, null), Row(9, null, 2)));

        rows.Columns.Select(c => c.Name).ShouldBe(["a", "b"]);
        Text(rows).ShouldBe(["1|x", "2|∅"]);
        rows.Rows.Count.ShouldBe(2);
    }

    [Fact]
    public void Formulas_are_what_they_gave_and_errors_are_none()
    {
        var rows = Read(Of(
            Row(1, "sum", "error", "text"),
            Row(2, new Raw("", "<f>1+2</f><v>3</v>"), new Raw("t=\"e\"", "<v>#DIV/0!</v>"), new Raw("t=\"str\"", "<f>A1</f><v>sum</v>")),
            Row(3, new Raw("", "<f>never calculated</f>"), 5, "x")));

        Text(rows).ShouldBe(["3|∅|sum", "∅|5|x"]);
    }

    [Fact]
    public void Cells_without_an_address_stand_side_by_side()
    {
        const string Row1 = "<row><c t=\"inlineStr\"><is><t>a</t></is></c><c t=\"inlineStr\"><is><t>b</t></is></c></row>";

        Text(Read(Of(Row1, "<row><c><v>1</v></c><c><v>2</v></c></row>"))).ShouldBe(["1|2"]);
    }

    [Fact]
    public void Shared_strings_are_looked_up_with_all_their_runs()
    {
        var file = Of(
            [("Sheet1", Row(1, "a") + Row(2, new Raw("t=\"s\"", "<v>1</v>")))],
            "<si><t>no</t></si><si><r><t>사과</t></r><r><t xml:space=\"preserve\"> 파이</t></r><rPh sb=\"0\" eb=\"1\"><t>sound</t></rPh></si>");

        Text(Read(file)).ShouldBe(["사과 파이"]);
    }

    [Fact]
    public void The_first_sheet_that_shows_is_read_and_any_other_by_its_name()
    {
        var file = Of([("!숨김", Row(1, "a") + Row(2, 1)), ("재고", Row(1, "b") + Row(2, 2)), ("Data", Row(1, "c") + Row(2, 3))]);

        var rows = Read(file);
        rows.Columns.Single().Name.ShouldBe("b");
        rows.Notes.Single().ShouldContain("'재고'");
        Read(file, new TableFormat(Sheet: "숨김")).Columns.Single().Name.ShouldBe("a");
        Read(file, new TableFormat(Sheet: "data")).Columns.Single().Name.ShouldBe("c");
        var refused = Refused(file, new TableFormat(Sheet: "없음"));
        refused.Code.ShouldBe(ErrorCode.NotFound);
        refused.Hint!.ShouldContain("'재고', 'Data'");
    }

    [Fact]
    public void A_row_above_the_names_is_left_out_when_one_says_which_row_has_them()
    {
        var file = Of(
            [("Sheet1", Row(1, "재고 목록", null) + Row(2, "a", "b") + Row(3, 1, 2))], afterData: "<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>");

        Refused(file).Message.ShouldContain("Cell B2");
        var rows = Read(file, new TableFormat(HeaderRow: 2));
        Text(rows).ShouldBe(["1|2"]);
        rows.Notes.Single().ShouldContain("1 range(s) of merged cells");
        Refused(file, new TableFormat(HeaderRow: 4)).Message.ShouldContain("is empty");
    }

    [Fact]
    public void A_number_that_Excel_has_shortened_is_told_of()
    {
        Read(Of(Row(1, "a", "code"), Row(2, 1, 12345678901234567890d))).Notes.Single().ShouldContain("Column B");
    }

    [Theory]
    [InlineData("<row r=\"2\"><c r=\"ZZZZZZ2\"><v>1</v></c></row>", "more than Excel has")]
    [InlineData("<row r=\"2147483647\"><c r=\"A2147483647\"><v>1</v></c></row>", "more than Excel has")]
    [InlineData("<row r=\"2\"><c r=\"XFD2\"><v>1</v></c></row>", "Cell XFD2")]
    [InlineData("<row r=\"2\"><c r=\"A2\" t=\"s\"><v>99999999999</v></c></row><oops>", "no XLSX workbook")]
    public void A_sheet_that_tells_lies_is_refused(string row, string expected) => Refused(Of(Row(1, "a"), row)).Message.ShouldContain(expected);

    [Fact]
    public void What_unpacks_to_more_than_may_be_read_is_refused_before_it_is_unpacked()
    {
        var file = Of(Row(1, "a"), new string(' ', 2_000_000));

        file.Length.ShouldBeLessThan(100_000);
        Refused(file).Code.ShouldBe(ErrorCode.TooLarge);
    }

    [Fact]
    public void A_text_that_many_cells_share_counts_each_time()
    {
        var rows = string.Concat(Enumerable.Range(2, 200).Select(i => Row(i, new Raw("t=\"s\"", "<v>0</v>"))));

        Refused(Of([("Sheet1", Row(1, "a") + rows)], $"<si><t>{new string('x', 10_000)}</t></si>")).Code.ShouldBe(ErrorCode.TooLarge);
    }

    [Fact]
    public void Entities_are_not_unfolded()
    {
        var file = Of([("Sheet1", Row(1, "a"))]);
        var broken = Of([("Sheet1", "</sheetData></worksheet><!DOCTYPE x [<!ENTITY a \"aaaa\">]>")]);

        Read(file).Rows.Count.ShouldBe(0);
        Refused(broken).Code.ShouldBe(ErrorCode.BadRequest);
    }

    [Fact]
    public void What_is_no_workbook_is_refused_by_what_it_is()
    {
        Refused([0x50, 0x4B, 3, 4, 1, 2, 3]).Message.ShouldContain("no XLSX workbook");
        Refused([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0]).Message.ShouldContain("password");
        Refused(Of()).Message.ShouldContain("empty");
        Refused(Of(Row(1, "a")), new TableFormat(Encoding: "cp949")).Message.ShouldContain("no encoding");
        Refused("a\n1\n"u8.ToArray(), new TableFormat(Sheet: "a")).Message.ShouldContain("no sheet");
    }

    // A workbook with one byte changed, or cut anywhere: read or refused, and nothing else
    [Fact]
    public void Damage_is_refused_in_words()
    {
        var whole = Of(Row(1, "a", "b"), Row(2, 1, "x"), Row(3, Styled(6236, PostCode), true));
        var random = new Random(17);
        for (var i = 0; i < 300; i++)
        {
            var file = i % 3 == 0 ? whole[..random.Next(4, whole.Length)] : (byte[])whole.Clone();
            file[random.Next(4, file.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                _ = Text(Read(file));
            }
            catch (QueryException refused)
            {
                refused.Message.ShouldNotBeEmpty();
            }
        }
    }

    private static SourceRows Read(byte[] file, TableFormat? format = null) =>
        TableFile.Read("'x.xlsx'", file, format ?? TableFormat.Recognised, Limits, TestContext.Current.CancellationToken);

    private static QueryException Refused(byte[] file, TableFormat? format = null) => Should.Throw<QueryException>(() => Read(file, format));

    private static IEnumerable<string> Text(SourceRows rows) => [.. rows.Rows.All.Select(r => string.Join('|', r.Select(v => v ?? "∅")))];
}
