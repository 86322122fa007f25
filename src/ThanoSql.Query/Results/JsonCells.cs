namespace ThanoSql.Query.Results;

/// <summary>Writes PostgreSQL's texts as JSON values.</summary>
internal static class JsonCells
{
    private const int LongestTimestamp = 40;

    /// <param name="forPandas">Whether <see cref="LongNumbers"/> go as texts; else every number has all its digits.</param>
    public static void Write(Utf8JsonWriter json, string? cell, ResultColumn column, bool forPandas = false)
    {
        var shape = PostgresTypes.ShapeOf(column);
        if (cell is null)
            json.WriteNullValue();
        else if (shape == JsonShape.Array)
            ArrayText.Write(json, cell, PostgresTypes.ElementShapeOf(column), forPandas);
        else
            Write(json, cell, shape, forPandas);
    }

    internal static void Write(Utf8JsonWriter json, string cell, JsonShape shape, bool forPandas = false)
    {
        switch (shape)
        {
            case JsonShape.Boolean:
                json.WriteBooleanValue(cell is "t" or "true");
                break;
            case JsonShape.Number when cell is "NaN" or "Infinity" or "-Infinity":
                json.WriteNullValue();
                break;
            case JsonShape.Number when forPandas && LongNumbers.IsTooLong(cell):
                json.WriteStringValue(cell);
                break;
            case JsonShape.Number or JsonShape.Json:
                json.WriteRawValue(forPandas && shape == JsonShape.Json ? LongNumbers.Quoted(cell) : cell, skipInputValidation: true);
                break;
            case JsonShape.Timestamp:
                WriteTimestamp(json, Encoding.UTF8.GetBytes(cell));
                break;
            case JsonShape.Bytes when cell.StartsWith("\\x", StringComparison.Ordinal):
                json.WriteBase64StringValue(Convert.FromHexString(cell.AsSpan(2)));
                break;
            default:
                json.WriteStringValue(cell);
                break;
        }
    }

    /// <param name="json">Takes the value.</param>
    /// <param name="cell">UTF-8, as PostgreSQL sends it.</param>
    /// <param name="shape">Of its type.</param>
    /// <param name="element">Of an array's elements.</param>
    internal static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> cell, JsonShape shape, JsonShape element)
    {
        switch (shape)
        {
            case JsonShape.Text:
                json.WriteStringValue(cell);
                break;
            case JsonShape.Number when !IsFinite(cell):
                json.WriteNullValue();
                break;
            case JsonShape.Number or JsonShape.Json:
                json.WriteRawValue(cell, skipInputValidation: true);
                break;
            case JsonShape.Timestamp:
                WriteTimestamp(json, cell);
                break;
            case JsonShape.Array:
                ArrayText.Write(json, Encoding.UTF8.GetString(cell), element);
                break;
            default:
                Write(json, Encoding.UTF8.GetString(cell), shape);
                break;
        }
    }

    private static bool IsFinite(ReadOnlySpan<byte> number) => number[^1] is not ((byte)'N' or (byte)'y'); // NaN, Infinity

    // 2026-01-02 03:04:05.6+00 → 2026-01-02T03:04:05.6Z; sessions run in UTC. Years before Christ and the infinities have no ISO form that pandas
    // reads.
    private static void WriteTimestamp(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        if (text.Length is < 19 or > LongestTimestamp || text[10] != ' ' || text.EndsWith("BC"u8))
        {
            json.WriteStringValue(text);
            return;
        }
        Span<byte> iso = stackalloc byte[LongestTimestamp];
        text.CopyTo(iso);
        iso[10] = (byte)'T';
        var length = text.Length;
        if (text.EndsWith("+00"u8))
        {
            length -= 2;
            iso[length - 1] = (byte)'Z';
        }
        json.WriteStringValue(iso[..length]);
    }
}

/// <summary>How the values of a column are written.</summary>
/// <param name="Shape">Of its type.</param>
/// <param name="Element">Of an array's elements.</param>
internal readonly record struct JsonCell(JsonShape Shape, JsonShape Element)
{
    /// <summary>Of a column of the result that a reader is at.</summary>
    public static JsonCell Of(NpgsqlDataReader reader, int column, bool numbersAsText = false)
    {
        var type = reader.GetDataTypeOID(column);
        if (numbersAsText)
            type = PostgresTypes.WithoutLongNumbers(type);
        return PostgresTypes.Scalar(type) is var shape and not JsonShape.Text ? new JsonCell(shape, JsonShape.Text)
            : PostgresTypes.ElementOf(type) is { } element ? new JsonCell(JsonShape.Array, element)
            : reader.GetDataTypeName(column).EndsWith("[]", StringComparison.Ordinal) ? new JsonCell(JsonShape.Array, JsonShape.Text)
            : new JsonCell(JsonShape.Text, JsonShape.Text);
    }

    /// <param name="json">Takes the value.</param>
    /// <param name="cell">UTF-8, as PostgreSQL sends it.</param>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> cell) => JsonCells.Write(json, cell, Shape, Element);
}

/// <summary>PostgreSQL's array texts (<c>{1,NULL,"a b",{…}}</c>; section 8.15.6 of its manual) as JSON arrays.</summary>
internal static class ArrayText
{
    public static void Write(Utf8JsonWriter json, string text, JsonShape element, bool forPandas = false)
    {
        var at = text.IndexOf('{', StringComparison.Ordinal); // behind bounds such as [2:3]=
        if (at < 0)
            json.WriteStringValue(text);
        else
            Level(json, text, ref at, new Elements(element, forPandas));
    }

    private static void Level(Utf8JsonWriter json, string text, ref int at, Elements element)
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

    private static void Item(Utf8JsonWriter json, string text, ref int at, Elements element)
    {
        var quoted = text[at] == '"';
        var value = quoted ? Quoted(text, ref at) : Bare(text, ref at);
        if (!quoted && value == "NULL")
            json.WriteNullValue();
        else
            JsonCells.Write(json, value, element.Shape, element.ForPandas);
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

    private readonly record struct Elements(JsonShape Shape, bool ForPandas);

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
        ElementOf(column.TypeId) ?? JsonShape.Text;

    /// <summary>Of a built-in array type's elements; null for other types.</summary>
    public static JsonShape? ElementOf(uint type) => Arrays.TryGetValue(type, out var element) ? Scalar(element) : null;

    /// <summary>The type itself, but text for numbers that a double cannot hold: bigint, numeric and their arrays.</summary>
    public static uint WithoutLongNumbers(uint type) => type switch
    {
        20 or 1700 => 25,
        1016 or 1231 => 1009,
        _ => type,
    };

    // array type → element type
    private static readonly Dictionary<uint, uint> Arrays = new (uint, uint)[]
    {
        (1000, 16), (1001, 17), (1005, 21), (1007, 23), (1016, 20), (1021, 700), (1022, 701), (1231, 1700), (199, 114), (3807, 3802), (1182, 1082),
        (1115, 1114), (1185, 1184), (1009, 25),
    }.ToDictionary();

    public static JsonShape Scalar(uint type) => type switch
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
