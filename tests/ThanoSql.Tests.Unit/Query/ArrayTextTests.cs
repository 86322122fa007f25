using System.Buffers;
using System.Text;
using System.Text.Json;
using ThanoSql.Query.Results;

namespace ThanoSql.Tests.Unit.Query;

public class ArrayTextTests
{
    [Theory]
    [InlineData("{}", "[]")]
    [InlineData("{1,NULL,3}", "[1,null,3]")]
    [InlineData("{{1,2},{3,4}}", "[[1,2],[3,4]]")]
    [InlineData("[2:3]={5,6}", "[5,6]")]
    public void Numbers_come_as_JSON_arrays(string text, string json) => Json(text, JsonShape.Number).ShouldBe(json);

    [Theory]
    [InlineData("""{a,"b,c","NULL",NULL,"d\"e\\f",""}""", """["a","b,c","NULL",null,"d\"e\\f",""]""")]
    public void Texts_keep_their_commas_and_quotes(string text, string json) => Json(text, JsonShape.Text).ShouldBe(json);

    private static string Json(string text, JsonShape element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, PandasSplit.Options))
            ArrayText.Write(json, text, element);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
