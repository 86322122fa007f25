using System.Text.Json;

namespace ThanoSql.Query.Results;

/// <summary>Writes PostgreSQL's texts as JSON values.</summary>
internal static class JsonCells
{
    public static void Write(Utf8JsonWriter json, string? cell, ResultColumn column)
    {
        var shape = PostgresTypes.ShapeOf(column);
        if (cell is null)
            json.WriteNullValue();
        else if (shape == JsonShape.Array)
            ArrayText.Write(json, cell, PostgresTypes.ElementShapeOf(column));
        else
            Write(json, cell, shape);
    }

    internal static void Write(Utf8JsonWriter json, string cell, JsonShape shape)
    {
        switch (shape)
        {
            case JsonShape.Boolean:
                json.WriteBooleanValue(cell is "t" or "true");
                break;
            case JsonShape.Number when cell is "NaN" or "Infinity" or "-Infinity":
                json.WriteNullValue();
                break;
            case JsonShape.Number or JsonShape.Json:
                json.WriteRawValue(cell, skipInputValidation: true);
                break;
            case JsonShape.Timestamp:
                json.WriteStringValue(Iso(cell));
                break;
            case JsonShape.Bytes when cell.StartsWith("\\x", StringComparison.Ordinal):
                json.WriteBase64StringValue(Convert.FromHexString(cell.AsSpan(2)));
                break;
            default:
                json.WriteStringValue(cell);
                break;
        }
    }

    // 2026-01-02 03:04:05.6+00 → 2026-01-02T03:04:05.6Z; sessions run in UTC. Years before Christ and the infinities have no ISO form that pandas
    // reads.
    private static string Iso(string text)
    {
        if (text.Length < 19 || text[10] != ' ' || text.EndsWith("BC", StringComparison.Ordinal))
            return text;
        var iso = string.Concat(text.AsSpan(0, 10), "T", text.AsSpan(11));
        return iso.EndsWith("+00", StringComparison.Ordinal) ? string.Concat(iso.AsSpan(0, iso.Length - 3), "Z") : iso;
    }
}
