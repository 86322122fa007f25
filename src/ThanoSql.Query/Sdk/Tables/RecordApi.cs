using NpgsqlTypes;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>/api/v1/table/{name}/records</c>: pages of a table's rows, and more rows for it.</summary>
internal static class RecordApi
{
    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/table/{name}/records", ListAsync).Require(TokenScope.Query);
        sdk.MapPost("/table/{name}/records", InsertAsync).Require(TokenScope.Write);
    }

    private static async Task ListAsync(
        HttpContext context, string name, [FromServices] UserWork work, [FromServices] IOptions<QueryLimits> limits)
    {
        var (address, page) = (TableAddress.Of(name, context.Request.Query), SdkParameters.Page(context.Request.Query));
        var (rows, total) = await work.RunAsync(
            TokenAuthentication.TokenOf(context), (on, running) => ReadAsync(on, address, page, limits.Value, running), context.RequestAborted);
        context.Response.ContentType = "application/json; charset=utf-8";
        using var reply = new JsonStream((piece, _) => context.Response.Body.WriteAsync(piece, context.RequestAborted));
        reply.Json.WriteStartObject();
        reply.Json.WritePropertyName("records");
        await JsonRecords.WriteAsync(reply, rows, rows.Rows.Count);
        reply.Json.WriteNumber("total", total);
        reply.Json.WriteEndObject();
        await reply.CompleteAsync();
    }

    private static async Task<(ResultTable Rows, long Total)> ReadAsync(
        NpgsqlConnection connection, TableAddress address, SdkPage page, QueryLimits limits, CancellationToken cancellationToken)
    {
        var table = await TableCatalog.GetAsync(connection, address, cancellationToken);
        await connection.RunAsync("SET LOCAL synchronize_seqscans = off", cancellationToken); // or each page might begin elsewhere in the table
        await using var count = new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM {address.Sql}", connection) { CommandTimeout = 0 };
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        var order = table.Constraints!.PrimaryKey is { HasColumns: true } key ? $" ORDER BY {TableSql.Names(key.Columns!)}" : "";
        var sql = string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM {address.Sql}{order} OFFSET {page.Offset} LIMIT {page.Limit}");
        var plan = new PlannedQuery(new SqlText(sql, []), [], []);
        var most = ResultSize.Of(limits) with { Rows = page.Limit };
        var result = await ResultReader.RunAsync(connection, plan, readsOnly: true, most, cancellationToken);
        return result!.Table is { Cut: ResultCut.None } rows
            ? (rows, total)
            : throw new QueryException(
                ErrorCode.TooLarge, $"The page is larger than {limits.Megabytes} MB (Query:Limits:Megabytes).",
                hint: "Ask for fewer rows: limit=10.");
    }

    private static async Task<IResult> InsertAsync(
        HttpContext context, string name, [FromServices] UserWork work, [FromServices] RequestBodies bodies)
    {
        var query = context.Request.Query;
        var (address, skips) = (TableAddress.Of(name, query), Parameters.Choice(query, "on_conflict", "fail", "skip") == "skip");
        using var body = await bodies.ReadWholeAsync(context, context.RequestAborted);
        var columns = ColumnsOf(body.Body);
        return TableApi.Answer(await work.RunAsync(TokenAuthentication.TokenOf(context), async (on, running) =>
        {
            var table = await TableCatalog.GetAsync(on, address, running);
            if (columns.Count > 0)
                await on.RunAsync(Insert(address, columns, skips), running, Json(body.Body));
            return table;
        }, context.RequestAborted));
    }

    // A value is read as its column's type has it, and a column that no record names gets its default
    private static string Insert(TableAddress table, HashSet<string> columns, bool skips)
    {
        var names = TableSql.Names(columns);
        return $"INSERT INTO {table.Sql} ({names}) SELECT {names} FROM pg_catalog.json_populate_recordset(NULL::{table.Sql}, $1)"
            + (skips ? " ON CONFLICT DO NOTHING" : "");
    }

    private static NpgsqlParameter Json(ReadOnlyMemory<byte> body) =>
        new() { Value = Encoding.UTF8.GetString(body.Span), NpgsqlDbType = NpgsqlDbType.Json };

    private static HashSet<string> ColumnsOf(ReadOnlyMemory<byte> body)
    {
        var records = SdkBody.Parse<List<Dictionary<string, JsonElement>?>>(body.IsEmpty ? "null"u8 : body.Span);
        if (records is null || records.Contains(null))
            throw new QueryException(ErrorCode.BadRequest, "The body is no list of records.", hint: """For example: [{"image_path": "a.jpg"}].""");
        var columns = new HashSet<string>();
        foreach (var column in records.SelectMany(r => r!.Keys))
            columns.Add(TableAddress.Checked(column, "column"));
        return columns;
    }
}
