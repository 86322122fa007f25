using System.Collections.Concurrent;
using ThanoSql.Query.Sdk;

namespace ThanoSql.Query.Http;

/// <summary><c>POST /api/v1/query</c>: one statement, one answer.</summary>
internal static class QueryApi
{
    private const int MostRecords = 100;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/v1/query/", PostAsync) // matches without the last slash, too
            .Require(TokenScope.Search)
            .WithName("Query")
            .WithSummary("Runs one statement of ThanoSQL or SQL")
            .WithDescription("The body is {\"query_string\": \"…\"}, whatever the content type. What a statement needs: see the token scopes.")
            // the last takes whatever clients say
            .Accepts<QueryBody>("application/json", "text/plain", "application/x-www-form-urlencoded", "*/*")
            .Produces<QueryAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404)
            .ProducesProblem(409).ProducesProblem(413).ProducesProblem(422).ProducesProblem(429).ProducesProblem(503).ProducesProblem(504)
            .WithTags("query");

    private static async Task PostAsync(
        HttpContext context, [FromServices] StatementRunner runner, [FromServices] SdkQueries sdk, [FromServices] RequestBodies bodies,
        [FromServices] TimeProvider time)
    {
        using var asked = await AskedAsync(context, bodies);
        if (asked.Sdk is { } query)
        {
            using var answer = await sdk.RunAsync(TokenAuthentication.TokenOf(context), query, context.RequestAborted);
            await WriteAsync(context, reply => QueryLogJson.WriteAsync(reply, answer, query.Records).AsTask());
        }
        else
        {
            await AnswerAsync(context, asked.Statement!, runner, time);
        }
    }

    private static async Task AnswerAsync(HttpContext context, string text, StatementRunner runner, TimeProvider time)
    {
        // Who asks for a number of records takes a failed statement as an answer
        var tellsFailures = context.Request.Query["max_results"].ToString().Length > 0;
        var records = Parameters.Whole(context.Request.Query, "max_results", 0, 0, MostRecords);
        var numbersAsText = Parameters.Choice(context.Request.Query, "numbers", "number", "string") == "string";
        var messages = new ConcurrentQueue<string>();
        var start = time.GetUtcNow();
        QueryReply Reply() => new(Guid.NewGuid().ToString("N"), text, start, time.GetUtcNow(), [.. messages]);
        try
        {
            using var outcome = await runner.RunAsync(
                new StatementRequest(text, TokenAuthentication.TokenOf(context), messages.Enqueue), context.RequestAborted);
            var answer = numbersAsText ? outcome.WithNumbersAsText() : outcome;
            if (LongNumbers.MessageFor(answer.Table) is { } longNumbers)
                messages.Enqueue(longNumbers);
            await WriteAsync(context, reply => Reply().WriteSuccessAsync(reply, answer, records));
        }
        catch (Exception error) when (tellsFailures && !context.Response.HasStarted && SdkQueries.Answer(error) is { } told)
        {
            await WriteAsync(context, reply =>
            {
                Reply().WriteFailure(reply.Json, told);
                return Task.CompletedTask;
            });
        }
    }

    private static async Task<Asked> AskedAsync(HttpContext context, RequestBodies bodies)
    {
        using var read = await bodies.ReadWholeAsync(context, context.RequestAborted);
        using var json = QueryRequest.Parse(read.Body);
        if (!SdkQuery.Asks(context.Request, json))
            return new Asked(QueryRequest.StatementOf(json), null, read.Turn.Take());
        context.MarkAsSdk();
        return new Asked(null, SdkQuery.Of(context.Request, json), read.Turn.Take());
    }

    private static async Task WriteAsync(HttpContext context, Func<JsonStream, Task> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        using var reply = new JsonStream((piece, _) => context.Response.Body.WriteAsync(piece, context.RequestAborted));
        await write(reply);
        await reply.CompleteAsync();
    }

    /// <summary>What somebody asks, in one of two ways; to be disposed when it is answered.</summary>
    private sealed record Asked(string? Statement, SdkQuery? Sdk, IDisposable? Turn) : IDisposable
    {
        public void Dispose() => Turn?.Dispose();
    }

    /// <summary>The body of a query request.</summary>
#pragma warning disable CA1812 // described by the OpenAPI document only: the body is read by hand
    private sealed record QueryBody(string query_string);
#pragma warning restore CA1812
}
