using System.Text.Json;

namespace ThanoSql.Query.Results;

/// <summary>Rows as a list of objects: <c>[{"image_path":"…","label":"…"},…]</c>. Of columns with one name the last counts.</summary>
internal static class JsonRecords
{
    public static void Write(Utf8JsonWriter json, ResultTable table, int rows)
    {
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
        }
        json.WriteEndArray();
    }
}
