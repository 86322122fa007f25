namespace ThanoSql.Query.Results;

/// <summary>How a type's texts are written in JSON. The numbers are PostgreSQL's own (pg_type.dat) and never change.</summary>
internal static class PostgresTypes
{
    public static JsonShape ShapeOf(ResultColumn column) =>
        Arrays.TryGetValue(column.TypeId, out _)
            || column.TypeName.EndsWith("[]", StringComparison.Ordinal) ? JsonShape.Array : Scalar(column.TypeId);

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
