using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ThanoSql.Query.Results;

/// <summary>The JSON that pandas reads with <c>read_json(orient="split")</c>: <c>{"columns":[…],"index":[0,…],"data":[[…],…]}</c>.</summary>
internal static class PandasSplit
{
    // Korean stays readable; nothing of this is put into HTML.
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static string ToText(ResultTable table)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
            Write(json, table);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter json, ResultTable table)
    {
        json.WriteStartObject();
        json.WriteStartArray("columns");
        foreach (var column in table.Columns)
            json.WriteStringValue(column.Name);
        json.WriteEndArray();
        json.WriteStartArray("index");
        for (var i = 0; i < table.Rows.Count; i++)
            json.WriteNumberValue(i);
        json.WriteEndArray();
        json.WriteStartArray("data");
        foreach (var row in table.Rows)
        {
            json.WriteStartArray();
            for (var i = 0; i < row.Length; i++)
                JsonCells.Write(json, row[i], table.Columns[i]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
