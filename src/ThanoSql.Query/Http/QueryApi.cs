using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;

namespace ThanoSql.Query.Http;

/// <summary><c>POST /api/v1/query</c>: one statement, one answer.</summary>
internal static class QueryApi
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/v1/query/", PostAsync) // matches without the last slash, too
            .Require(TokenScope.Search)
            .WithName("Query")
            .WithSummary("Runs one statement of ThanoSQL or SQL")
            .WithDescription("The body is {\"query_string\": \"…\"}, whatever the content type. What a statement needs: see the token scopes.")
            .Accepts<QueryBody>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .Produces<object>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404)
            .ProducesProblem(409).ProducesProblem(422).ProducesProblem(504)
            .WithTags("query");

    private static async Task PostAsync(
        HttpContext context, [FromServices] StatementRunner runner, [FromServices] IOptions<QueryLimits> limits, [FromServices] TimeProvider time)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limits.Value.RequestMegabytes * 1_000_000L;
        var cancellation = context.RequestAborted;
        var sdk = SdkParameters.Of(context.Request);
        var text = await QueryRequest.ReadAsync(context.Request, cancellation);
        var messages = new ConcurrentQueue<string>();
        var start = time.GetUtcNow();
        QueryReply Reply() => new(Guid.NewGuid().ToString("N"), text, start, time.GetUtcNow(), [.. messages]);
        try
        {
            var outcome = await runner.RunAsync(new StatementRequest(text, TokenAuthentication.TokenOf(context), messages.Enqueue), cancellation);
            await WriteAsync(context, json => Reply().WriteSuccess(json, outcome, sdk.MaxResults), cancellation);
        }
        catch (Exception error) when (sdk.IsSdk && error is not OperationCanceledException && QueryError.Of(error) is { Status: < 500 or 504 } told)
        {
            await WriteAsync(context, json => Reply().WriteFailure(json, told), cancellation);
        }
    }

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, PandasSplit.Options))
            write(json);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>The body of a query request.</summary>
#pragma warning disable CA1812 // described by the OpenAPI document only: the body is read by hand
    private sealed record QueryBody(string query_string);
#pragma warning restore CA1812
}
