using System.ComponentModel;
using System.Text.Json.Serialization;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

/// <summary><c>/api/v1/webhooks</c>: who is told of what, a test call, and what could not be told.</summary>
internal static class WebhookApi
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/v1/webhooks", ListAsync)
            .Require(TokenScope.Admin).WithName("Webhooks").WithTags("webhooks")
            .WithSummary("Who is told of what, and how it goes").Produces<IReadOnlyList<Webhook>>();
        endpoints.MapPost("/api/v1/webhooks", AddAsync)
            .Require(TokenScope.Admin).WithName("AddWebhook").WithTags("webhooks")
            .Accepts<WebhookBody>("application/json")
            .WithSummary("Adds a receiver. The answer has the secret that signs its calls, which is never shown again")
            .Produces<NewWebhook>(201).ProducesProblem(400);
        endpoints.MapDelete("/api/v1/webhooks/{id}", RemoveAsync)
            .Require(TokenScope.Admin).WithName("RemoveWebhook").WithTags("webhooks")
            .WithSummary("Removes a receiver, and what it was still to be told").Produces(204).ProducesProblem(404);
        endpoints.MapPost("/api/v1/webhooks/{id}/test", TestAsync)
            .Require(TokenScope.Admin).WithName("TestWebhook").WithTags("webhooks")
            .WithSummary("Calls a receiver now, with one event 'webhook.test'; says what it answered").Produces<WebhookAnswer>().ProducesProblem(404);
        endpoints.MapGet("/api/v1/webhooks/dead", DeadAsync)
            .Require(TokenScope.Admin).WithName("DeadEvents").WithTags("webhooks")
            .WithSummary("Events that were given up, the latest first").Produces<IReadOnlyList<DeadDelivery>>();
        endpoints.MapPost("/api/v1/webhooks/replay", ReplayAsync)
            .Require(TokenScope.Admin).WithName("ReplayEvents").WithTags("webhooks")
            .WithSummary("Tries dead events again: one by its number, all of a webhook, or all").Produces<Replayed>().ProducesProblem(400);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] WebhookCatalog webhooks) =>
        TypedResults.Ok(await webhooks.ListAsync(context.RequestAborted));

    private static async Task<IResult> AddAsync(
        HttpContext context, [FromServices] WebhookCatalog webhooks, [FromServices] IOptions<WebhookOptions> options)
    {
        var webhook = await ReadAsync(context);
        var url = WebhookAddress.Parse(webhook.Url, options.Value);
        var (id, secret) = await webhooks.AddAsync(
            url.AbsoluteUri, webhook.Events ?? [], webhook.Table, Actor.OfToken(TokenAuthentication.TokenOf(context).Name), context.RequestAborted);
        return TypedResults.Json(new NewWebhook(id, secret), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<WebhookBody> ReadAsync(HttpContext context)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<WebhookBody>(context.Request.Body, JsonSerializerOptions.Web, context.RequestAborted);
            if (body is not null)
                return body;
        }
        catch (JsonException)
        {
            // Told below
        }
        throw new QueryException(
            ErrorCode.BadRequest, "The body names no receiver, or has other fields than url, events and table.",
            hint: """Send {"url": "https://…", "events": ["image.indexed", …]}, and "table": "…" to be told of that table alone.""");
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, int id, [FromServices] WebhookCatalog webhooks) =>
        await webhooks.RemoveAsync(id, Actor.OfToken(TokenAuthentication.TokenOf(context).Name), context.RequestAborted)
            ? TypedResults.NoContent()
            : throw WebhookTester.Missing(id);

    private static async Task<IResult> TestAsync(HttpContext context, int id, [FromServices] WebhookTester tester) =>
        TypedResults.Ok(await tester.CallAsync(id, context.RequestAborted));

    private static async Task<IResult> DeadAsync(
        HttpContext context, [Description("The number of a webhook; all without it.")] int? webhook, [FromServices] WebhookLedger ledger,
        [Description("1 to 1000.")] int limit = 100) =>
        TypedResults.Ok(await ledger.DeadAsync(webhook, Math.Clamp(limit, 1, 1000), context.RequestAborted));

    private static async Task<IResult> ReplayAsync(
        HttpContext context, [FromBody] DeadSelection? which, [FromServices] WebhookLedger ledger, [FromServices] IOptions<WebhookOptions> options) =>
        TypedResults.Ok(new Replayed(
            await ledger.ReplayAsync(which?.Webhook, which?.Event, options.Value.TryFor, context.RequestAborted)));

    /// <param name="Url">An https address on the public internet; <c>Webhooks:AllowHttp</c> and <c>Webhooks:AllowPrivate</c> allow others.</param>
    /// <param name="Events">
    /// Of <c>image.indexed</c>, <c>image.failed</c>, <c>image.gone</c>, <c>label.changed</c>, <c>model.promoted</c>, <c>model.refused</c>,
    /// <c>run.failed</c>.
    /// </param>
    /// <param name="Table">Only what concerns this table; null: everything.</param>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record WebhookBody(
        [property: JsonRequired] string? Url, [property: JsonRequired] IReadOnlyList<string>? Events, string? Table = null);

    /// <param name="Id">The webhook's number.</param>
    /// <param name="Secret"><c>whsec_…</c>: signs its calls, and is never shown again.</param>
    internal sealed record NewWebhook(int Id, string Secret);

    /// <param name="Webhook">The number of a webhook; null for all.</param>
    /// <param name="Event">The number of an event; null for all.</param>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)] // a misspelt field would select all
    internal sealed record DeadSelection(int? Webhook, long? Event);

    /// <param name="Count">How many events.</param>
    internal sealed record Replayed(int Count);
}
