using ThanoSql.Catalog.Destinations;

namespace ThanoSql.Query.Sdk;

/// <summary><c>GET /api/v1/query/log</c>: what a token had run through the SDK; no other token reads it.</summary>
internal static class QueryLogApi
{
    public static void Map(IEndpointRouteBuilder sdk) => sdk.MapGet("/query/log", ListAsync).Require(TokenScope.Query);

    private static async Task ListAsync(HttpContext context, [FromServices] QueryLedger log)
    {
        var (page, search) = (SdkParameters.Page(context.Request.Query), SdkParameters.Text(context.Request.Query, "search"));
        var (entries, total) = await log.ListAsync(
            TokenAuthentication.TokenOf(context), search, page.Offset, page.Limit, context.RequestAborted);
        context.Response.ContentType = "application/json; charset=utf-8";
        using var reply = new JsonStream((piece, _) => context.Response.Body.WriteAsync(piece, context.RequestAborted));
        reply.Json.WriteStartObject();
        reply.Json.WriteStartArray("query_logs");
        foreach (var entry in entries)
        {
            QueryLogJson.Write(reply.Json, entry);
            await reply.FlushAsync();
        }
        reply.Json.WriteEndArray();
        reply.Json.WriteNumber("total", total);
        reply.Json.WriteEndObject();
        await reply.CompleteAsync();
    }
}
