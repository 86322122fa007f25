using System.Text;
using ThanoSql.Query.Results;

namespace ThanoSql.Tests.Unit.Query;

public sealed class ResultCsvTests
{
    [Fact]
    public async Task A_result_is_a_file_that_spreadsheets_read_as_Korean()
    {
        var table = new ResultTable(
            [new ResultColumn("이름", 25, "text"), new ResultColumn("price", 23, "integer")],
            [["나주 \"신고배\", 3입", "2900"], ["두 줄\r\n이름", null], ["=1+1", "-5"]]);
        using var file = new MemoryStream();

        await ResultCsv.WriteAsync(file, table, CancellationToken.None);

        file.ToArray()[..3].ShouldBe(Encoding.UTF8.Preamble.ToArray());
        Encoding.UTF8.GetString(file.ToArray()[3..])
            .ShouldBe("이름,price\r\n\"나주 \"\"신고배\"\", 3입\",2900\r\n\"두 줄\r\n이름\",\r\n=1+1,-5\r\n");
    }

    [Fact]
    public async Task A_long_result_is_whole()
    {
        var table = new ResultTable([new ResultColumn("n", 23, "integer")], [.. Enumerable.Range(0, 10_000).Select(n => new[] { $"{n}" })]);
        using var file = new MemoryStream();

        await ResultCsv.WriteAsync(file, table, CancellationToken.None);

        Encoding.UTF8.GetString(file.ToArray()).Split("\r\n").Length.ShouldBe(10_002);
    }
}
