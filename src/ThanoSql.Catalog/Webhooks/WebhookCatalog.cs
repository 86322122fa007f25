using ThanoSql.Catalog.Audits;

namespace ThanoSql.Catalog.Webhooks;

/// <summary>Who wants to be told what.</summary>
public sealed class WebhookCatalog(NpgsqlDataSource database)
{
    /// <summary>Adds a webhook. It is told what happens from now on.</summary>
    /// <param name="url">Whose form the caller has checked.</param>
    /// <param name="events">At least one of <see cref="WebhookEvents.All"/>.</param>
    /// <param name="table">Only what concerns this table; null: everything.</param>
    /// <param name="who">For the audit.</param>
    /// <param name="cancellationToken">Adds nothing.</param>
    /// <returns>Its number, and its secret, which is told only here.</returns>
    /// <exception cref="CatalogException">There is no such event, or no pipeline fills such a table.</exception>
    public async Task<(int Id, string Secret)> AddAsync(
        string url, IReadOnlyCollection<string> events, string? table, string who, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (events.Count == 0)
            throw new CatalogException($"A webhook needs an event: {string.Join(", ", WebhookEvents.All)}.");
        foreach (var unknown in events.Except(WebhookEvents.All))
            throw new CatalogException($"There is no event '{unknown}': use {string.Join(", ", WebhookEvents.All)}.");
        var secret = WebhookSecret.New();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, who, cancellationToken);
        var id = await connection.Command(
            """
            INSERT INTO thanosql.webhook (url, events, table_name, secret)
            SELECT $1, $2, $3, $4 WHERE $3::text IS NULL OR EXISTS (SELECT FROM thanosql.pipeline WHERE table_name = $3) RETURNING webhook_id
            """,
            url, events.Distinct().ToArray(), table, secret).ScalarAsync<int?>(cancellationToken);
        if (id is null)
            throw new CatalogException($"No pipeline fills a table '{table}': 'SELECT * FROM thanosql.pipelines' shows those that there are.");
        await transaction.CommitAsync(cancellationToken);
        return (id.Value, WebhookSecret.Text(secret));
    }

    /// <summary>All webhooks, the oldest first.</summary>
    public Task<List<Webhook>> ListAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT w.webhook_id AS id, w.url, w.events, w.table_name AS "table", w.created_at,
               (SELECT count(*) FROM thanosql.webhook_delivery d WHERE d.webhook_id = w.webhook_id AND d.dead_at IS NULL) AS waiting,
               (SELECT count(*) FROM thanosql.webhook_delivery d WHERE d.webhook_id = w.webhook_id AND d.dead_at IS NOT NULL) AS dead,
               w.delivered, w.delivered_at, w.failing_since, w.last_error
        FROM thanosql.webhook w ORDER BY w.webhook_id
        """).ListAsync<Webhook>(cancellationToken);

    /// <summary>Removes a webhook, and what it was still to be told.</summary>
    /// <returns>False when there is none of that number.</returns>
    public async Task<bool> RemoveAsync(int id, string who, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, who, cancellationToken);
        var removed = await connection.Command("DELETE FROM thanosql.webhook WHERE webhook_id = $1", id).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return removed > 0;
    }

    /// <summary>Null when there is none of that number.</summary>
    public async Task<WebhookTarget?> FindAsync(int id, CancellationToken cancellationToken) => (await database.Command(
        "SELECT url, secret FROM thanosql.webhook WHERE webhook_id = $1", id).ListAsync<WebhookTarget>(cancellationToken)).SingleOrDefault();
}
