namespace ThanoSql.Catalog.Webhooks;

/// <summary>An address that wants to be told of events: everything but its secret.</summary>
/// <param name="Events">Of <see cref="WebhookEvents.All"/>.</param>
/// <param name="Table">Only what concerns this table; null: everything.</param>
/// <param name="Waiting">Events that it is still to be told of.</param>
/// <param name="Dead">Events that were given up.</param>
/// <param name="Delivered">Events that it was told of.</param>
/// <param name="FailingSince">When calls began to fail; null when the last one did not.</param>
/// <param name="LastError">Of the last call; null when it did not fail.</param>
public sealed record Webhook(
    int Id, string Url, IReadOnlyList<string> Events, string? Table, DateTime CreatedAt, long Waiting, long Dead, long Delivered,
    DateTime? DeliveredAt, DateTime? FailingSince, string? LastError);

/// <summary>Where and how a webhook is called.</summary>
/// <param name="Secret">Signs the calls.</param>
public sealed record WebhookTarget(string Url, byte[] Secret);

/// <summary>Something that a webhook is told.</summary>
/// <param name="EventId">The same in every try.</param>
/// <param name="At">When it happened, UTC.</param>
/// <param name="Data">A JSON object.</param>
/// <param name="Attempts">Calls that failed so far.</param>
public sealed record WebhookDelivery(long EventId, string Type, DateTime At, string Data, int Attempts);

/// <summary>Something that a webhook could not be told.</summary>
/// <param name="LastError">What its last call answered; null when none was made for it.</param>
public sealed record DeadDelivery(
    long EventId, int WebhookId, string Type, string Subject, DateTime At, int Attempts, string? LastError, DateTime DeadAt);
