using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>/api/v1/table</c>: which tables there are, and making, changing and dropping one.</summary>
internal static class TableApi
{
    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/table/", ListAsync).Require(TokenScope.Query);
        sdk.MapGet("/table/{name}", GetAsync).Require(TokenScope.Query);
        sdk.MapPost("/table/{name}", CreateAsync).Require(TokenScope.Write);
        sdk.MapPut("/table/{name}", UpdateAsync).Require(TokenScope.Write);
        sdk.MapDelete("/table/{name}", DeleteAsync).Require(TokenScope.Write);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] UserWork work)
    {
        var query = context.Request.Query;
        var (schema, verbose, page) = (SdkParameters.Text(query, "schema"), SdkParameters.Flag(query, "verbose", false), SdkParameters.Page(query));
        return TypedResults.Ok(new
        {
            Tables = await RunAsync(context, work, (on, running) => TableCatalog.ListAsync(on, schema, page, verbose, running)),
        });
    }

    private static async Task<IResult> GetAsync(HttpContext context, string name, [FromServices] UserWork work)
    {
        var table = TableAddress.Of(name, context.Request.Query);
        return Answer(await RunAsync(context, work, (on, running) => TableCatalog.GetAsync(on, table, running)));
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context, string name, [FromServices] UserWork work, [FromServices] RequestBodies bodies)
    {
        var table = TableAddress.Of(name, context.Request.Query);
        var ifNotExists = SdkParameters.Flag(context.Request.Query, "if_not_exists", false);
        var body = await ReadAsync(context, bodies);
        return Answer(await RunAsync(context, work, async (on, running) =>
        {
            await MakeAsync(on, table, body, ifNotExists, running);
            return await TableCatalog.GetAsync(on, table, running);
        }));
    }

    /// <summary>Makes a table of that form.</summary>
    public static async Task MakeAsync(
        NpgsqlConnection connection, TableAddress table, TableBody body, bool ifNotExists, CancellationToken cancellationToken)
    {
        await TableTypes.CheckAsync(connection, body.Columns ?? [], cancellationToken);
        await connection.RunAsync(TableSql.Create(table, body, ifNotExists), cancellationToken);
    }

    private static async Task<IResult> UpdateAsync(
        HttpContext context, string name, [FromServices] UserWork work, [FromServices] RequestBodies bodies)
    {
        var table = TableAddress.Of(name, context.Request.Query);
        var wanted = await ReadAsync(context, bodies);
        return Answer(await RunAsync(context, work, async (on, running) =>
        {
            var now = await TableCatalog.GetAsync(on, table, running);
            var touched = (wanted.Columns ?? []).Where(c => !now.Columns!.Any(n => (n.Name, n.Type, n.Default) == (c.Name, c.Type, c.Default)));
            await TableTypes.CheckAsync(on, [.. touched], running);
            var types = await TableTypes.FullNamesAsync(on, now.Columns!.Concat(wanted.Columns ?? []).Select(c => c.Type), running);
            foreach (var statement in new TableChanges(table, now, wanted, types).Statements())
                await on.RunAsync(statement, running);
            return await TableCatalog.GetAsync(on, new TableAddress(wanted.Schema ?? table.Schema, wanted.Name ?? table.Name), running);
        }));
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, string name, [FromServices] UserWork work)
    {
        var table = TableAddress.Of(name, context.Request.Query);
        await RunAsync(context, work, (on, running) => on.RunAsync($"DROP TABLE {table.Sql}", running));
        return TypedResults.Ok(new { Message = $"The table '{table}' is deleted.", TableName = table.Name, table.Schema });
    }

    /// <summary>As the SDK reads one.</summary>
    public static IResult Answer(TableBody table) => TypedResults.Ok(new { Table = table });

    private static async Task<TableBody> ReadAsync(HttpContext context, RequestBodies bodies) =>
        ((await SdkBody.ReadAsync<Body>(context, bodies))?.Table ?? TableBody.Empty).Checked();

    private static Task<T> RunAsync<T>(HttpContext context, UserWork work, Func<NpgsqlConnection, CancellationToken, Task<T>> what) =>
        work.RunAsync(TokenAuthentication.TokenOf(context), what, context.RequestAborted);

    private sealed record Body(TableBody? Table);
}
