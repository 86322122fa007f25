using ThanoSql.Catalog.Destinations;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk;

/// <summary>
/// A statement as the SDK sends it. The address <c>/api/v1/query/</c> is older than the SDK: a request is the SDK's where the address ends with the
/// slash and has one of its parameters, or the body one of its fields.
/// </summary>
/// <param name="Statement">Null: it comes from a template.</param>
/// <param name="TemplateId">Of the template, unless it has <paramref name="TemplateName"/>.</param>
/// <param name="Values">For the places of the template, or of <paramref name="Statement"/>; null: it has none.</param>
/// <param name="Destination">Where its rows are kept.</param>
/// <param name="Records">Rows that the answer shows, 0 to 100.</param>
internal sealed record SdkQuery(
    string? Statement, int? TemplateId, string? TemplateName, JsonElement? Values, SdkDestination Destination, int Records)
{
    private const int MostRecords = 100;

    // Of the documentation's cURL in 2022, which has a table_name, too; neither meant anything
    private const string Before = "column_name";

    private static readonly string[] Addressed = ["schema", "table_name", "overwrite", "keep_temp_table", "max_results"];
    private static readonly string[] Fields = ["query_type", "template_id", "template_name", "parameters"];

    /// <summary>Whether the address alone says that the SDK asks.</summary>
    public static bool IsAddressed(HttpRequest request) =>
        HasAddress(request) && Addressed.Any(request.Query.ContainsKey) && !request.Query.ContainsKey(Before);

    public static bool Asks(HttpRequest request, JsonDocument body) =>
        IsAddressed(request) || HasAddress(request) && Fields.Any(field => QueryRequest.Has(body, field, out _));

    /// <exception cref="QueryException">A parameter or field is wrong, or there is no statement, or more than one.</exception>
    public static SdkQuery Of(HttpRequest request, JsonDocument body)
    {
        var query = new SdkQuery(
            Field(body, "query_string") is null ? null : QueryRequest.StatementOf(body), Number(body), Name(body), Field(body, "parameters"),
            SdkDestination.Of(request.Query), Parameters.Whole(request.Query, "max_results", 0, 0, MostRecords));
        return (query.Statement, query.TemplateId, query.TemplateName) switch
        {
            (not null, null, null) or (null, not null, null) or (null, null, not null) => query,
            _ => throw new QueryException(ErrorCode.BadRequest, "The body takes one of 'query_string', 'template_id' and 'template_name'."),
        };
    }

    private static bool HasAddress(HttpRequest request) => request.Path.Equals("/api/v1/query/");

    private static JsonElement? Field(JsonDocument body, string name) =>
        QueryRequest.Has(body, name, out var value) && value.ValueKind != JsonValueKind.Null ? value.Clone() : null;

    private static int? Number(JsonDocument body) => Field(body, "template_id") is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) ? id
        : throw new QueryException(ErrorCode.BadRequest, "'template_id' is a whole number.");

    private static string? Name(JsonDocument body) => Field(body, "template_name") is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? QueryRequest.Text(value, "template_name")
        : throw new QueryException(ErrorCode.BadRequest, "'template_name' is a text.");
}

/// <summary>Where the rows of a statement are kept.</summary>
/// <param name="Schema"><c>qm</c>, where they stay for a while, or <c>public</c>, where they stay.</param>
/// <param name="Table">Null: a name that nobody has.</param>
/// <param name="Overwrite">Whether a table of that name may go.</param>
/// <param name="IsKept">False: nowhere.</param>
internal sealed record SdkDestination(string Schema, string? Table, bool Overwrite, bool IsKept)
{
    public const string Users = "public";

    private const int MostBytes = 63;

    /// <exception cref="QueryException">A parameter is wrong.</exception>
    public static SdkDestination Of(IQueryCollection query)
    {
        var table = SdkParameters.Text(query, "table_name");
        if (table is not null && Encoding.UTF8.GetByteCount(table) > MostBytes)
            throw new QueryException(ErrorCode.BadRequest, $"'table_name' is longer than {MostBytes} bytes.");
        var schema = SdkParameters.Text(query, "schema") ?? (table is null ? DestinationTables.Schema : Users);
        // What is named, or made where tables stay, was meant to be kept
        var isTemporary = table is null && schema == DestinationTables.Schema;
        return new SdkDestination(
            schema, table, SdkParameters.Flag(query, "overwrite", false), SdkParameters.Flag(query, "keep_temp_table", true) || !isTemporary);
    }
}
