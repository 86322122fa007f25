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

/// <summary>PostgreSQL's array texts (<c>{1,NULL,"a b",{…}}</c>; section 8.15.6 of its manual) as JSON arrays.</summary>
internal static class ArrayText
{
    public static void Write(Utf8JsonWriter json, string text, JsonShape element)
    {
        var at = text.IndexOf('{', StringComparison.Ordinal); // behind bounds such as [2:3]=
        if (at < 0)
            json.WriteStringValue(text);
        else
            Level(json, text, ref at, element);
    }

    private static void Level(Utf8JsonWriter json, string text, ref int at, JsonShape element)
    {
        json.WriteStartArray();
        at++;
        while (text[at] != '}')
        {
            if (text[at] == ',')
                at++;
            else if (text[at] == '{')
                Level(json, text, ref at, element);
            else
                Item(json, text, ref at, element);
        }
        at++;
        json.WriteEndArray();
    }

    private static void Item(Utf8JsonWriter json, string text, ref int at, JsonShape element)
    {
        var quoted = text[at] == '"';
        var value = quoted ? Quoted(text, ref at) : Bare(text, ref at);
        if (!quoted && value == "NULL")
            json.WriteNullValue();
        else
            JsonCells.Write(json, value, element);
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; text[at] != '"'; at++)
        {
            if (text[at] == '\\')
                at++;
            value.Append(text[at]);
        }
        at++;
        return value.ToString();
    }

    private static string Bare(string text, ref int at)
    {
        var start = at;
        while (text[at] is not (',' or '}'))
            at++;
        return text[start..at];
    }
}

/// <summary>How a type's texts are written in JSON. The numbers are PostgreSQL's own (pg_type.dat) and never change.</summary>
internal static class PostgresTypes
{
    public static JsonShape ShapeOf(ResultColumn column) =>
        Arrays.ContainsKey(column.TypeId) || column.TypeName.EndsWith("[]", StringComparison.Ordinal) ? JsonShape.Array : Scalar(column.TypeId);

    /// <summary>Of an array's elements.</summary>
    public static JsonShape ElementShapeOf(ResultColumn column) =>
        Arrays.TryGetValue(column.TypeId, out var element) ? Scalar(element) : JsonShape.Text;

    // array type → element type
    private static readonly Dictionary<uint, uint> Arrays = new (uint, uint)[]
    {
        (1000, 16), (1001, 17), (1005, 21), (1007, 23), (1016, 20), (1021, 700), (1022, 701), (1231, 1700), (199, 114), (3807, 3802), (1182, 1082),
        (1115, 1114), (1185, 1184),
    }.ToDictionary();

    private static JsonShape Scalar(uint type) => type switch
    {
        16 => JsonShape.Boolean,
        20 or 21 or 23 or 26 => JsonShape.Number,
        700 or 701 or 1700 => JsonShape.Number,
        114 or 3802 => JsonShape.Json,
        1114 or 1184 => JsonShape.Timestamp,
        17 => JsonShape.Bytes,
        _ => JsonShape.Text,
    };
}

internal enum JsonShape
{
    Text,
    Boolean,

    /// <summary>As PostgreSQL writes it, every digit; NaN and the infinities become null.</summary>
    Number,

    /// <summary>Embedded as it is.</summary>
    Json,

    /// <summary>ISO 8601.</summary>
    Timestamp,

    /// <summary>Base64.</summary>
    Bytes,
    Array,
}
