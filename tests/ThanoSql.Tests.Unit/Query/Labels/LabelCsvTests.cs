using System.Text;
using ThanoSql.Catalog.Labels;
using ThanoSql.Planning;
using ThanoSql.Query.Labels;

namespace ThanoSql.Tests.Unit.Query.Labels;

public sealed class LabelCsvTests
{
    [Theory]
    [InlineData("plain", "사과")]
    [InlineData("with, a comma", "배, 나주")]
    [InlineData("with \"quotes\"", "\"\"")]
    [InlineData("with\nlines", "a\r\nb")]
    [InlineData("=formula", "-1")]
    public async Task What_is_written_is_read_back(string path, string label)
    {
        using var file = new MemoryStream();
        await LabelCsv.WriteAsync(file, Of(path, label), "workspace", TestContext.Current.CancellationToken);

        LabelCsv.Read(file.ToArray()).ShouldBe([new CsvLabel(2, path, label)]);
    }

    [Fact]
    public void Columns_stand_in_any_order_under_any_case_and_after_a_byte_order_mark()
    {
        LabelCsv.Read([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes("note, Label ,PATH\n\n,감,1.png\n,,2.png\nx\n")]).ShouldBe(
            [new CsvLabel(3, "1.png", "감"), new CsvLabel(4, "2.png", null), new CsvLabel(5, null, null)]);
    }

    [Theory]
    [InlineData("path,word\nx,y\n", "The CSV has no column 'label'; its first line is 'path,word'.")]
    [InlineData("", "The CSV is empty.")]
    [InlineData("path,label\nx,\"y\n", "a quote is never closed")]
    public void A_text_that_is_no_such_file_is_refused(string csv, string says) =>
        Should.Throw<QueryException>(() => LabelCsv.Read(Encoding.UTF8.GetBytes(csv))).Message.ShouldContain(says);

    private static async IAsyncEnumerable<ExportedLabel> Of(string path, string label)
    {
        await Task.Yield();
        yield return new ExportedLabel(1, "workspace", path, "shop", "groups", label, "confirmed", "ann", DateTime.UnixEpoch, true, null);
    }
}
