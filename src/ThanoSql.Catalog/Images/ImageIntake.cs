using ThanoSql.Catalog.Examinations;
using ThanoSql.Messages;
using ThanoSql.Storage;

namespace ThanoSql.Catalog.Images;

/// <summary>Turns events into rows that are due. After that the event may be lost.</summary>
public sealed class ImageIntake(NpgsqlDataSource database)
{
    private const int ProbeSeconds = 5;

    private const string Accept = """
        SELECT due.image_id FROM (
            SELECT array_agg(ROW(e.bucket, e.key, e.source, e.etag, e.sequencer, e.time)::thanosql.due_object) AS objects
            FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
                 AS e (bucket, key, deleted, source, etag, sequencer, time)
            WHERE EXISTS (SELECT FROM thanosql.image known WHERE known.bucket = e.bucket AND known.key = e.key)
               OR NOT e.deleted AND EXISTS (SELECT FROM thanosql.pipeline p WHERE p.bucket = e.bucket AND starts_with(e.key, p.prefix))) news,
            thanosql.make_due(news.objects) AS due (image_id)
        """;

    // A repeat of what is being looked at, or was read, is left alone: the store tells of it, too
    private const string AcceptStored = """
        WITH object AS (
            SELECT i.state = 'pending' OR i.state = 'indexed' AND i.etag = $3 AS known,
                   i.image_id IS NOT NULL
                   OR EXISTS (SELECT FROM thanosql.pipeline p WHERE p.bucket = $1 AND starts_with($2, p.prefix)) AS wanted
            FROM (VALUES (0)) AS one LEFT JOIN thanosql.image i ON i.bucket = $1 AND i.key = $2),
        due AS (
            SELECT thanosql.make_due(ARRAY[ROW($1, $2, 'upload', $3, NULL, NULL)::thanosql.due_object], '{indexed,failed,gone}')
            FROM object WHERE wanted AND known IS NOT TRUE)
        SELECT wanted, (SELECT count(*) FROM due) FROM object
        """;

    /// <summary>
    /// Makes the images of these events due. Events of objects that no pipeline's prefix covers and that no statement used are ignored.
    /// </summary>
    /// <returns>The images that are due now; provable repeats are not among them.</returns>
    public async Task<List<long>> AcceptAsync(IEnumerable<ObjectChanged> events, CancellationToken cancellationToken)
    {
        var all = events.ToLookup(e => StoreProbe.Is(e.Key));
        if (all.Contains(true))
            await ProbeNotices.TellAsync(database, all[true], cancellationToken);
        var last = LastOfEach(all[false]);
        return await database.Command(
            Accept,
            last.Select(e => e.Bucket).ToArray(), last.Select(e => e.Key).ToArray(), last.Select(e => e.Deleted).ToArray(),
            last.Select(e => e.Source).ToArray(), last.Select(e => e.ETag).ToArray(), last.Select(e => e.Sequencer).ToArray(),
            last.Select(e => e.Time.UtcDateTime).ToArray())
            .ListAsync<long>(cancellationToken);
    }

    /// <summary>Makes an object due that was stored just now, so that it is known before its store tells of it.</summary>
    /// <returns>False when no pipeline's prefix covers it and no statement used it: it is not to be indexed.</returns>
    public Task<bool> AcceptAsync(ObjectInfo stored, CancellationToken cancellationToken) =>
        database.Command(AcceptStored, stored.Path.Bucket, stored.Key, stored.ETag).ScalarAsync<bool>(cancellationToken);

    /// <summary>Does nothing, where events can be accepted.</summary>
    /// <exception cref="NpgsqlException">They cannot: the database is out, takes no writes, or somebody holds the table of images.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await using var probe = database.CreateCommand(
            "DO $$ BEGIN SET LOCAL lock_timeout = '3s'; LOCK TABLE thanosql.image IN ROW EXCLUSIVE MODE; END $$");
        probe.CommandTimeout = ProbeSeconds;
        await probe.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>One event for each object, the latest by sequencer where the source has one, else the last to arrive.</summary>
    internal static List<ObjectChanged> LastOfEach(IEnumerable<ObjectChanged> events)
    {
        var last = new Dictionary<(string, string), ObjectChanged>();
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
