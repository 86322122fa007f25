using Dapper;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>/api/v1/view</c>: the views that a token's role may read.</summary>
internal static class ViewApi
{
    private const string Views = $"""
        SELECT c.oid::bigint AS id, n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_viewdef(c.oid) AS definition, c.relkind = 'm' AS stored
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {TableCatalog.IsUsers} AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        """;

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/view/", ListAsync).Require(TokenScope.Query);
        sdk.MapGet("/view/{name}", GetAsync).Require(TokenScope.Query);
        sdk.MapDelete("/view/{name}", DeleteAsync).Require(TokenScope.Write);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] UserWork work)
    {
        var query = context.Request.Query;
        var (schema, verbose, page) = (SdkParameters.Text(query, "schema"), SdkParameters.Flag(query, "verbose", false), SdkParameters.Page(query));
        return await RunAsync<IResult>(context, work, async (on, running) =>
        {
            await TableCatalog.CheckSchemaAsync(on, schema, running);
            var found = (await on.QueryAsync<View>(new CommandDefinition(
                $"{Views} AND n.nspname = coalesce(@schema, n.nspname) ORDER BY 2, 3 OFFSET @Offset LIMIT @Limit",
                new { schema, page.Offset, page.Limit }, cancellationToken: running))).AsList();
            if (!verbose)
                return TypedResults.Ok(new { Views = found.Select(v => new { v.Name, v.Schema }) });
            var columns = await TableCatalog.ColumnsAsync(on, [.. found.Select(v => v.Id)], running);
            return TypedResults.Ok(new { Views = found.Select(v => Describe(v, columns[v.Id])) });
        });
    }

    private static async Task<IResult> GetAsync(HttpContext context, string name, [FromServices] UserWork work)
    {
        var address = TableAddress.Of(name, context.Request.Query);
        return await RunAsync<IResult>(context, work, async (on, running) =>
        {
            var view = await FindAsync(on, address, running);
            var columns = await TableCatalog.ColumnsAsync(on, [view.Id], running);
            return TypedResults.Ok(new { View = Describe(view, columns[view.Id]) });
        });
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, string name, [FromServices] UserWork work)
    {
        var address = TableAddress.Of(name, context.Request.Query);
        await RunAsync(context, work, async (on, running) =>
        {
            var view = await FindAsync(on, address, running);
            return await on.RunAsync($"DROP {(view.Stored ? "MATERIALIZED VIEW" : "VIEW")} {address.Sql}", running);
        });
        return TypedResults.Ok(new { Message = $"The view '{address}' is deleted.", ViewName = address.Name });
    }

    private static async Task<View> FindAsync(NpgsqlConnection connection, TableAddress address, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<View>(new CommandDefinition(
            $"{Views} AND n.nspname = @Schema AND c.relname = @Name", address, cancellationToken: cancellationToken))
        ?? throw new QueryException(ErrorCode.NotFound, $"There is no view '{address}'.", hint: "GET /api/v1/view/ lists them.");

    private static object Describe(View view, IEnumerable<ColumnBody> columns) => new { view.Name, view.Schema, Columns = columns, view.Definition };

    private static Task<T> RunAsync<T>(HttpContext context, UserWork work, Func<NpgsqlConnection, CancellationToken, Task<T>> what) =>
        work.RunAsync(TokenAuthentication.TokenOf(context), what, context.RequestAborted);

    private sealed record View(long Id, string Schema, string Name, string Definition, bool Stored);
}
