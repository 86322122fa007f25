using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

/// <summary>Calls a webhook by hand, past everything that waits.</summary>
public sealed class WebhookTester
{
    private readonly WebhookCatalog _webhooks;
    private readonly WebhookCaller _caller;
    private readonly TimeProvider _time;

    internal WebhookTester(WebhookCatalog webhooks, WebhookCaller caller, TimeProvider time) =>
        (_webhooks, _caller, _time) = (webhooks, caller, time);

    /// <summary>Sends one event of type <c>webhook.test</c>.</summary>
    /// <exception cref="QueryException">There is no webhook of that number.</exception>
    public async Task<WebhookAnswer> CallAsync(int id, CancellationToken cancellationToken)
    {
        var target = await _webhooks.FindAsync(id, cancellationToken) ?? throw Missing(id);
        return await _caller.CallAsync(target, WebhookMessage.Test(_time.GetUtcNow()), cancellationToken);
    }

    internal static QueryException Missing(int id) =>
        new(ErrorCode.NotFound, $"There is no webhook {id}.", hint: "GET /api/v1/webhooks, or 'thanosql webhook list', shows them.");
}
