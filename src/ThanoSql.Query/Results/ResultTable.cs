using System.Text.Encodings.Web;

namespace ThanoSql.Query.Results;

/// <summary>The rows of a statement. Cells are the texts that PostgreSQL writes for their types; null is NULL.</summary>
public sealed record ResultTable(IReadOnlyList<ResultColumn> Columns, IReadOnlyList<string?[]> Rows, ResultCut Cut = ResultCut.None);

/// <summary>A column of a result.</summary>
/// <param name="Name">As the statement names it; names may repeat.</param>
/// <param name="TypeId">PostgreSQL's type number (pg_type.oid).</param>
/// <param name="TypeName">For people: <c>integer</c>, <c>text[]</c>.</param>
public sealed record ResultColumn(string Name, uint TypeId, string TypeName);

/// <summary>Why a result is not whole.</summary>
public enum ResultCut
{
    None,
    Rows,
    Bytes,
}

/// <summary>Rows as a list of objects: <c>[{"image_path":"…","label":"…"},…]</c>. Of columns with one name the last counts.</summary>
internal static class JsonRecords
{
    public static async ValueTask WriteAsync(JsonStream reply, ResultTable table, int rows)
    {
        var json = reply.Json;
        var last = table.Columns.Select((column, i) => (column.Name, i)).GroupBy(c => c.Name).Select(g => g.Last().i).Order().ToArray();
        json.WriteStartArray();
        foreach (var row in table.Rows.Take(rows))
        {
            json.WriteStartObject();
            foreach (var i in last)
            {
                json.WritePropertyName(table.Columns[i].Name);
                JsonCells.Write(json, row[i], table.Columns[i]);
            }
            json.WriteEndObject();
            await reply.FlushAsync();
        }
        json.WriteEndArray();
    }
}

/// <summary>The JSON that pandas reads with <c>read_json(orient="split")</c>: <c>{"columns":[…],"index":[0,…],"data":[[…],…]}</c>.</summary>
internal static class PandasSplit
{
    // Korean stays readable; nothing of this is put into HTML.
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>As a string of the reply.</summary>
    public static async ValueTask WriteAsync(JsonStream reply, ResultTable table)
    {
        using var inner = new JsonStream.InnerJson();
        await reply.WriteStringAsync(Steps(inner.Json, table), inner);
    }

    // One step a row, between which what was written may be sent.
    private static IEnumerable<bool> Steps(Utf8JsonWriter json, ResultTable table)
    {
        json.WriteStartObject();
        json.WriteStartArray("columns");
        foreach (var column in table.Columns)
            json.WriteStringValue(column.Name);
        json.WriteEndArray();
        json.WriteStartArray("index");
        for (var i = 0; i < table.Rows.Count; i++)
        {
            json.WriteNumberValue(i);
            yield return true;
        }
        json.WriteEndArray();
        json.WriteStartArray("data");
        foreach (var row in table.Rows)
        {
            json.WriteStartArray();
            for (var i = 0; i < row.Length; i++)
                JsonCells.Write(json, row[i], table.Columns[i], forPandas: true);
            json.WriteEndArray();
            yield return true;
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
