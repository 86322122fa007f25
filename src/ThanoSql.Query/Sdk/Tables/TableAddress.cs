namespace ThanoSql.Query.Sdk.Tables;

/// <summary>A table or view of the users', by the names that PostgreSQL knows: case counts.</summary>
internal sealed record TableAddress(string Schema, string Name)
{
    private const string UsualSchema = "public";
    private const int LongestName = 63; // bytes; PostgreSQL cuts longer ones

    /// <summary>To be written into SQL.</summary>
    public string Sql => $"{Identifier.Quote(Schema)}.{Identifier.Quote(Name)}";

    /// <summary>Of a request: the name in its path, the schema (public) in <c>?schema=</c>.</summary>
    /// <exception cref="QueryException">PostgreSQL knows no such names.</exception>
    public static TableAddress Of(string name, IQueryCollection query, string schema = "schema") => new(
        Checked(SdkParameters.Text(query, schema) ?? UsualSchema, "schema"), Checked(name, "table"));

    /// <exception cref="QueryException">PostgreSQL knows no such name.</exception>
    public static string Checked(string? name, string what) => name switch
    {
        null or "" => throw Bad($"A {what} has no name."),
        _ when name.Contains('\0', StringComparison.Ordinal) => throw Bad($"The name of a {what} holds the character NUL."),
        _ when Encoding.UTF8.GetByteCount(name) > LongestName => throw Bad($"'{name}' is longer than {LongestName} bytes, the most for a {what}."),
        _ => name,
    };

    public override string ToString() => Schema == UsualSchema ? Name : $"{Schema}.{Name}";

    private static QueryException Bad(string message) => new(ErrorCode.BadRequest, message);
}
