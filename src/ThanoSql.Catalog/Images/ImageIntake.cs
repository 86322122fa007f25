using Npgsql;

namespace ThanoSql.Catalog.Images;

/// <summary>Turns events into rows that are due. After that the event may be lost.</summary>
public sealed class ImageIntake(NpgsqlDataSource database)
{
    // A repeat is skipped only if nothing can have changed: same source, not later, and no other etag than the one known.
    private const string Accept = """
        INSERT INTO thanosql.image AS i (bucket, key, event_source, event_etag, sequencer, event_at)
        SELECT e.bucket, e.key, e.source, e.etag, e.sequencer, e.time
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
             AS e (bucket, key, deleted, source, etag, sequencer, time)
        WHERE EXISTS (SELECT FROM thanosql.image known WHERE known.bucket = e.bucket AND known.key = e.key)
           OR NOT e.deleted AND EXISTS (SELECT FROM thanosql.pipeline p WHERE p.bucket = e.bucket AND starts_with(e.key, p.prefix))
        ORDER BY e.bucket COLLATE "C", e.key COLLATE "C"
        ON CONFLICT (bucket, key) DO UPDATE SET
            generation = i.generation + 1, state = 'pending', attempts = 0, crashes = 0, next_attempt_at = now(), lease_owner = NULL, lease_until = NULL,
            failure_kind = NULL, failure = NULL, first_failed_at = NULL, last_failed_at = NULL,
            event_source = excluded.event_source, event_etag = excluded.event_etag, sequencer = excluded.sequencer, event_at = excluded.event_at
        WHERE NOT (i.event_source IS NOT DISTINCT FROM excluded.event_source AND excluded.sequencer COLLATE "C" <= i.sequencer COLLATE "C"
                   AND (excluded.event_etag IS NULL OR excluded.event_etag IN (i.event_etag, i.etag))) IS TRUE
        RETURNING image_id
        """;

    /// <summary>
    /// Makes the images of these events due. Events of objects that no pipeline's prefix covers and that no statement used are ignored.
    /// </summary>
    /// <returns>The images that are due now; provable repeats are not among them.</returns>
    public Task<List<long>> AcceptAsync(IEnumerable<ImageEvent> events, CancellationToken cancellationToken)
    {
        var last = LastOfEach(events);
        return database.Command(
            Accept,
            last.Select(e => e.Bucket)
                .ToArray(), last.Select(e => e.Key).ToArray(), last.Select(e => e.Deleted).ToArray(), last.Select(e => e.Source).ToArray(),
            last.Select(e => e.ETag).ToArray(), last.Select(e => e.Sequencer).ToArray(), last.Select(e => e.Time.UtcDateTime).ToArray())
            .ListAsync(r => r.GetInt64(0), cancellationToken);
    }

    /// <summary>One event for each object, the latest by sequencer where the source has one, else the last to arrive.</summary>
    internal static List<ImageEvent> LastOfEach(IEnumerable<ImageEvent> events)
    {
        var last = new Dictionary<(string, string), ImageEvent>();
        foreach (var next in events)
        {
            var earlier = last.TryGetValue((next.Bucket, next.Key), out var known) && known.Source == next.Source
                && string.CompareOrdinal(next.Sequencer, known.Sequencer) < 0 && next.Sequencer is not null;
            if (!earlier)
                last[(next.Bucket, next.Key)] = next;
        }
        return [.. last.Values.OrderBy(e => e.Bucket, StringComparer.Ordinal).ThenBy(e => e.Key, StringComparer.Ordinal)];
    }
}
