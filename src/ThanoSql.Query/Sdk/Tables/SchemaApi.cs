namespace ThanoSql.Query.Sdk.Tables;

/// <summary><c>/api/v1/schema</c>: the schemas that a token's role may use. It makes another only where its operator lets it.</summary>
internal static class SchemaApi
{
    private const string Results = "qm"; // of queries, which the SDK takes for granted

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/schema/", ListAsync).Require(TokenScope.Query);
        sdk.MapPost("/schema/{name}", CreateAsync).Require(TokenScope.Write);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] UserWork work)
    {
        var schemas = await work.RunAsync(TokenAuthentication.TokenOf(context), TableCatalog.SchemasAsync, context.RequestAborted);
        var names = schemas.Append(Results).Distinct().Order(StringComparer.Ordinal);
        return TypedResults.Ok(new { Schemas = names.Select(name => new { Name = name }) });
    }

    private static async Task<IResult> CreateAsync(HttpContext context, string name, [FromServices] UserWork work)
    {
        var schema = TableAddress.Checked(name, "schema");
        try
        {
            await work.RunAsync(
                TokenAuthentication.TokenOf(context),
                (on, running) => on.RunAsync($"CREATE SCHEMA {Identifier.Quote(schema)}", running), context.RequestAborted);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new QueryException(
                ErrorCode.PermissionDenied, $"Tokens make no schemas, so not '{schema}' either.",
                hint: "Tables are made in schema public; give them a common beginning instead. 'qm' holds results of queries.", inner: refused);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.DuplicateSchema)
        {
            throw new QueryException(ErrorCode.AlreadyExists, $"There is a schema '{schema}' already.", inner: taken);
        }
        return TypedResults.Ok(new { Schema = schema, Message = $"The schema '{schema}' is made." });
    }
}
