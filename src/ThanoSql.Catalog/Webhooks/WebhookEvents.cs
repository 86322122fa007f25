namespace ThanoSql.Catalog.Webhooks;

/// <summary>What a webhook can be told of. Triggers and functions of the catalog write the events, in the transaction of what they tell of.</summary>
public static class WebhookEvents
{
    public static readonly IReadOnlyList<string> All =
        ["image.indexed", "image.failed", "image.gone", "label.changed", "model.promoted", "model.refused", "run.failed"];

    /// <summary>Of a call that somebody asked for by hand.</summary>
    public const string Test = "webhook.test";
}
