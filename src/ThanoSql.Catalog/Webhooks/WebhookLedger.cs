namespace ThanoSql.Catalog.Webhooks;

/// <summary>How long a webhook that fails is left alone.</summary>
/// <param name="First">After the first failure; doubled with each further one, shortened at random by up to half.</param>
/// <param name="Longest">At most.</param>
public sealed record WebhookPatience(TimeSpan First, TimeSpan Longest);

/// <summary>What webhooks are still to be told. Of several processes one calls a webhook: who has its lease.</summary>
public sealed class WebhookLedger(NpgsqlDataSource database, Workspace workspace)
{
    private const int Handful = 1000;

    // Of which two would put a picture's events in the wrong order
    private const long HandingOut = 0x7468776562686B; // "thwebhk"

    /// <summary>Hands new events out to the webhooks that want to be told of them, up to a thousand.</summary>
    /// <param name="tryFor">How long each is tried.</param>
    /// <param name="cancellationToken">Leaves the events for the next time.</param>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> HandOutAsync(TimeSpan tryFor, CancellationToken cancellationToken)
    {
        if (!await database.Command("SELECT EXISTS (SELECT FROM thanosql.webhook_event)").ScalarAsync<bool>(cancellationToken))
            return false;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("SELECT pg_advisory_xact_lock($1)", HandingOut).RunAsync(cancellationToken);
        var taken = await connection.Command("SELECT thanosql.hand_out_events($1, $2, $3)", Handful, tryFor, workspace.Bucket)
            .ScalarAsync<int>(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return taken == Handful;
    }

    /// <summary>Webhooks that there is something to tell now and that nobody calls.</summary>
    public Task<List<int>> DueAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT w.webhook_id FROM thanosql.webhook w
        WHERE w.next_attempt_at <= now() AND (w.lease_until IS NULL OR w.lease_until < now())
          AND EXISTS (SELECT FROM thanosql.webhook_delivery d WHERE d.webhook_id = w.webhook_id AND d.dead_at IS NULL AND d.next_attempt_at <= now())
        """).ListAsync<int>(cancellationToken);

    /// <summary>Takes a webhook for a while; null when another process has it.</summary>
    public async Task<WebhookTarget?> TakeAsync(int id, Guid owner, TimeSpan lease, CancellationToken cancellationToken) => (await database.Command(
        """
        UPDATE thanosql.webhook SET lease_owner = $2, lease_until = now() + $3
        WHERE webhook_id = $1 AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now() OR lease_owner = $2)
        RETURNING url, secret
        """,
        id, owner, lease).ListAsync<WebhookTarget>(cancellationToken)).SingleOrDefault();

    /// <summary>Gives a webhook back before its lease is over. Nothing when it is another's.</summary>
    public Task ReturnAsync(int id, Guid owner, CancellationToken cancellationToken) => database.Command(
        "UPDATE thanosql.webhook SET lease_owner = NULL, lease_until = NULL WHERE webhook_id = $1 AND lease_owner = $2", id, owner)
        .RunAsync(cancellationToken);

    /// <summary>
    /// What to tell a webhook next, in order. What waits after a failure holds back what happened to the same subject later, and is told with fewer
    /// others each time, so that one event that a receiver cannot take does not keep the rest.
    /// </summary>
    public async Task<IReadOnlyList<WebhookDelivery>> NextAsync(int id, int most, CancellationToken cancellationToken)
    {
        var due = await database.Command(
            """
            SELECT d.event_id, d.type, d.at, d.data::text AS data, d.attempts FROM thanosql.webhook_delivery d
            WHERE d.webhook_id = $1 AND d.dead_at IS NULL AND d.next_attempt_at <= now() AND NOT EXISTS (
                SELECT FROM thanosql.webhook_delivery w
                WHERE w.webhook_id = d.webhook_id AND w.subject = d.subject AND w.event_id < d.event_id
                  AND w.attempts > 0 AND w.dead_at IS NULL AND w.next_attempt_at > now())
            ORDER BY d.event_id LIMIT $2
            """,
            id, most).ListAsync<WebhookDelivery>(cancellationToken);
        if (due.Count == 0)
            return due;
        var failed = due[0].Attempts;
        return [.. due.TakeWhile(d => d.Attempts == failed).Take(Math.Max(1, most >> Math.Min(failed, 30)))];
    }

    /// <summary>A webhook was told.</summary>
    /// <returns>Whether it is still this owner's, and for how long again.</returns>
    public async Task<bool> DeliveredAsync(int id, Guid owner, long[] events, TimeSpan lease, CancellationToken cancellationToken) =>
        await database.Command(
            """
            WITH told AS (DELETE FROM thanosql.webhook_delivery WHERE webhook_id = $1 AND event_id = ANY ($3) RETURNING 1)
            UPDATE thanosql.webhook
            SET delivered = delivered + (SELECT count(*) FROM told), delivered_at = now(), failures = 0, failing_since = NULL, last_error = NULL,
                lease_until = CASE WHEN lease_owner = $2 THEN now() + $4 ELSE lease_until END
            WHERE webhook_id = $1 RETURNING lease_owner IS NOT DISTINCT FROM $2
            """,
            id, owner, events, lease).ScalarAsync<bool>(cancellationToken);

    /// <summary>
    /// A webhook could not be told. It is left alone for a while, and given back; events that were tried long enough, or waited so long behind
    /// others, are dead.
    /// </summary>
    public Task FailedAsync(int id, Guid owner, long[] events, string error, WebhookPatience patience, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(patience);
        return database.Command(
            $"""
             WITH tried AS (
                 UPDATE thanosql.webhook_delivery
                 SET attempts = attempts + 1, last_error = $4, next_attempt_at = now() + {Grown("attempts")},
                     dead_at = CASE WHEN try_until < now() THEN now() END
                 WHERE webhook_id = $1 AND event_id = ANY ($3) AND dead_at IS NULL),
             late AS (
                 UPDATE thanosql.webhook_delivery SET dead_at = now(), last_error = coalesce(last_error, $4)
                 WHERE webhook_id = $1 AND NOT event_id = ANY ($3) AND try_until < now() AND event_id IN (
                     SELECT event_id FROM thanosql.webhook_delivery
                     WHERE webhook_id = $1 AND dead_at IS NULL ORDER BY event_id LIMIT {Handful * 10}))
             UPDATE thanosql.webhook
             SET failures = failures + 1, failing_since = coalesce(failing_since, now()), last_error = $4,
                 next_attempt_at = now() + {Grown("failures")}, lease_owner = NULL, lease_until = NULL
             WHERE webhook_id = $1 AND lease_owner IS NOT DISTINCT FROM $2
             """,
            id, owner, events, StorableText.Of(error), patience.First, patience.Longest).RunAsync(cancellationToken);

        static string Grown(string failures) => $"least($5 * power(2, least({failures}, 30)), $6) * (0.5 + random() / 2)";
    }

    /// <summary>What was given up, the latest first.</summary>
    /// <param name="webhook">Null for all.</param>
    public Task<List<DeadDelivery>> DeadAsync(int? webhook, int limit, CancellationToken cancellationToken) => database.Command(
        """
        SELECT event_id, webhook_id, type, subject, at, attempts, last_error, dead_at FROM thanosql.webhook_delivery
        WHERE dead_at IS NOT NULL AND ($1::integer IS NULL OR webhook_id = $1) ORDER BY dead_at DESC, event_id DESC LIMIT $2
        """,
        webhook, limit).ListAsync<DeadDelivery>(cancellationToken);

    /// <summary>Tries what was given up again, at once.</summary>
    /// <param name="webhook">Null for all.</param>
    /// <param name="eventId">Null for all.</param>
    /// <param name="tryFor">How long each is tried.</param>
    /// <param name="cancellationToken">Leaves them dead.</param>
    /// <returns>How many.</returns>
    public async Task<int> ReplayAsync(int? webhook, long? eventId, TimeSpan tryFor, CancellationToken cancellationToken) =>
        (int)await database.Command(
            """
            WITH again AS (
                UPDATE thanosql.webhook_delivery SET dead_at = NULL, attempts = 0, next_attempt_at = now(), try_until = now() + $3
                WHERE dead_at IS NOT NULL AND ($1::integer IS NULL OR webhook_id = $1) AND ($2::bigint IS NULL OR event_id = $2)
                RETURNING webhook_id),
            woken AS (UPDATE thanosql.webhook SET next_attempt_at = now() WHERE webhook_id IN (SELECT webhook_id FROM again))
            SELECT count(*) FROM again
            """,
            webhook, eventId, tryFor).ScalarAsync<long>(cancellationToken);

    /// <summary>Removes what was given up so long ago.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(TimeSpan keep, CancellationToken cancellationToken) =>
        database.Command("DELETE FROM thanosql.webhook_delivery WHERE dead_at < now() - $1", keep).RunAsync(cancellationToken);
}
