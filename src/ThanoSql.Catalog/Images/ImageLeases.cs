using Npgsql;

namespace ThanoSql.Catalog.Images;

/// <summary>Which worker looks at which due image. A lease that runs out is the sign of a process that died; its images go to others.</summary>
/// <param name="database">The catalog.</param>
/// <param name="owner">This worker, different for each start of a process.</param>
/// <param name="duration">Of a lease; renew it well before.</param>
/// <remarks>Taking cannot be cancelled: the server may have taken all the same, and nobody would know what.</remarks>
public sealed class ImageLeases(NpgsqlDataSource database, Guid owner, TimeSpan duration)
{
    private const string Due = "state = 'pending' AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())";

    // Somebody had it in work and never came back
    private const string Suspect = "(crashes > 0 OR lease_until IS NOT NULL)";

    public Guid Owner => owner;

    /// <summary>Takes due images, longest due first.</summary>
    /// <param name="most">At most so many.</param>
    public Task<List<ClaimedImage>> TakeDueAsync(int most) => TakeAsync(
        $"SELECT image_id FROM thanosql.image WHERE {Due} AND NOT {Suspect} ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED", most);

    /// <summary>Whether <see cref="TakeSuspectAsync"/> would find one.</summary>
    /// <param name="except">Images in work here, whose leases may have run out while the database was down.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<bool> AnySuspectAsync(IReadOnlyCollection<long> except, CancellationToken cancellationToken) => database.Command(
        $"SELECT EXISTS (SELECT FROM thanosql.image WHERE {Due} AND {Suspect} AND NOT image_id = ANY ($1))", (object)except.ToArray())
        .ScalarAsync<bool>(cancellationToken);

    /// <summary>Takes an image that a process may have died over.</summary>
    public Task<List<ClaimedImage>> TakeSuspectAsync() => TakeAsync(
        $"SELECT image_id FROM thanosql.image WHERE {Due} AND {Suspect} ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED");

    /// <summary>Takes those of the images that are due and nobody else's.</summary>
    public Task<List<ClaimedImage>> TakeAsync(IReadOnlyCollection<long> images) => TakeAsync(
        $"SELECT image_id FROM thanosql.image WHERE image_id = ANY ($3) AND {Due} AND NOT {Suspect} FOR UPDATE SKIP LOCKED", images.Order()
            .ToArray());

    /// <summary>Holds on to images that take long.</summary>
    public Task RenewAsync(IReadOnlyCollection<long> images, CancellationToken cancellationToken) => database.Command(
        """
        UPDATE thanosql.image SET lease_until = now() + $2
        WHERE image_id IN (SELECT image_id FROM thanosql.image WHERE image_id = ANY ($3) AND lease_owner = $1 ORDER BY image_id FOR UPDATE SKIP LOCKED)
        """,
        owner, duration, images.ToArray()).RunAsync(cancellationToken);

    /// <summary>Gives images back untouched: they are due again at once.</summary>
    public Task ReturnAsync(IReadOnlyCollection<long> images, CancellationToken cancellationToken) =>
        ReturnAsync("image_id = ANY ($2)", cancellationToken, images.ToArray());

    /// <summary>
    /// Gives back whatever this owner has, even what it does not know of: a connection may have ended before it said what was taken.
    /// </summary>
    public Task ReturnAllAsync(CancellationToken cancellationToken) => ReturnAsync("state = 'pending'", cancellationToken);

    private Task<int> ReturnAsync(string which, CancellationToken cancellationToken, params ReadOnlySpan<object> values) => database.Command(
        $"""
        UPDATE thanosql.image SET lease_owner = NULL, lease_until = NULL, attempts = greatest(attempts - 1, 0)
        WHERE image_id IN (SELECT image_id FROM thanosql.image WHERE {which} AND lease_owner = $1 ORDER BY image_id FOR UPDATE)
        """,
        [owner, .. values]).RunAsync(cancellationToken);

    private Task<List<ClaimedImage>> TakeAsync(string which, params ReadOnlySpan<object> values) => database.Command(
        $"""
        WITH picked AS ({which})
        UPDATE thanosql.image i
        SET lease_owner = $1, lease_until = now() + $2, attempts = i.attempts + 1, crashes = i.crashes + (i.lease_until IS NOT NULL)::integer
        FROM picked WHERE i.image_id = picked.image_id
        RETURNING i.image_id, i.bucket, i.key, i.etag, i.size, i.content_id, i.generation, i.attempts, i.crashes, i.event_at
        """,
        [owner, duration, .. values]).ListAsync(Read, CancellationToken.None);

    private static ClaimedImage Read(NpgsqlDataReader r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3), r.IsDBNull(4) ? null : r.GetInt64(4),
        r.IsDBNull(5) ? null : r.GetInt64(5), r.GetInt64(6), r.GetInt32(7), r.GetInt32(8), r.GetDateTime(9));
}

/// <summary>An image that a worker holds a lease on.</summary>
/// <param name="ImageId">Its row.</param>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Key">In Unicode NFC.</param>
/// <param name="ETag">What was read last; null before the first read.</param>
/// <param name="Size">In bytes, of that read.</param>
/// <param name="ContentId">The content of that read.</param>
/// <param name="Generation">A result counts only as long as it stays.</param>
/// <param name="Attempts">This one included, since the last event.</param>
/// <param name="Crashes">Leases that ran out over it: above 0 it is looked at alone.</param>
/// <param name="EventAt">When the change happened, by the source's clock.</param>
public sealed record ClaimedImage(
    long ImageId, string Bucket, string Key, string? ETag, long? Size, long? ContentId, long Generation, int Attempts, int Crashes, DateTime EventAt);
