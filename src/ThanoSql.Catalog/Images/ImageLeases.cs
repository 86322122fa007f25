namespace ThanoSql.Catalog.Images;

/// <summary>Which worker looks at which due image. A lease that runs out is the sign of a process that died; its images go to others.</summary>
/// <param name="database">The catalog.</param>
/// <param name="owner">This worker, different for each start of a process.</param>
/// <param name="duration">Of a lease; renew it well before.</param>
/// <remarks>Taking cannot be cancelled: the server may have taken all the same, and nobody would know what.</remarks>
public sealed class ImageLeases(NpgsqlDataSource database, Guid owner, TimeSpan duration)
{
    // A clock that is put right by a little is no clock that ran ahead
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

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
        $"SELECT image_id FROM thanosql.image WHERE image_id = ANY ($3) AND {Due} AND NOT {Suspect} FOR UPDATE SKIP LOCKED",
        images.Order().ToArray());

    /// <summary>Holds on to images that take long.</summary>
    public Task RenewAsync(IReadOnlyCollection<long> images, CancellationToken cancellationToken) => database.Command(
        """
        UPDATE thanosql.image SET lease_until = now() + $2
        WHERE image_id IN (
            SELECT image_id FROM thanosql.image WHERE image_id = ANY ($3) AND lease_owner = $1 ORDER BY image_id FOR UPDATE SKIP LOCKED)
        """,
        owner, duration, images.ToArray()).RunAsync(cancellationToken);

    /// <summary>
    /// Makes images due whose lease or wait ends later than anything that is set now: the server's clock was ahead when it was set. No process died
    /// over them.
    /// </summary>
    /// <param name="longestWait">After a transient failure.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>How many there were.</returns>
    public Task<int> VoidAheadAsync(TimeSpan longestWait, CancellationToken cancellationToken) => database.Command(
        """
        UPDATE thanosql.image SET lease_owner = NULL, lease_until = NULL, next_attempt_at = least(next_attempt_at, now())
        WHERE image_id IN (
            SELECT image_id FROM thanosql.image WHERE state = 'pending' AND (lease_until > now() + $1 OR next_attempt_at > now() + $2)
            ORDER BY image_id FOR UPDATE SKIP LOCKED)
        """,
        duration + Tolerance, longestWait + Tolerance).RunAsync(cancellationToken);

    /// <summary>Gives images back untouched: they are due again at once.</summary>
    public Task ReturnAsync(IReadOnlyCollection<long> images, CancellationToken cancellationToken) =>
        ReturnAsync("image_id = ANY ($2)", cancellationToken, images.ToArray());

    /// <summary>
    /// Gives back whatever this owner has, even what it does not know of: a connection may have ended before it said what was taken.
    /// </summary>
    public Task ReturnAllAsync(CancellationToken cancellationToken) => ReturnAsync("state = 'pending'", cancellationToken);

    /// <summary>
    /// Of images that <see cref="ImageLedger.SettleAsync"/> did not get: those still ours and unchanged. Somebody else has locked their rows for a
    /// while.
    /// </summary>
    public async Task<HashSet<(long ImageId, long Generation)>> StillOursAsync(
        IReadOnlyCollection<ClaimedImage> images, CancellationToken cancellationToken) =>
        [.. await database.Command(
            """
            SELECT i.image_id, i.generation FROM thanosql.image i
            JOIN unnest($1::bigint[], $2::bigint[]) AS r (image_id, generation) USING (image_id, generation)
            WHERE i.state = 'pending' AND i.lease_owner = $3
            """,
            images.Select(i => i.ImageId).ToArray(), images.Select(i => i.Generation).ToArray(), owner).ListAsync<(long, long)>(cancellationToken)];

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
        [owner, duration, .. values]).ListAsync<ClaimedImage>(CancellationToken.None);
}

/// <summary>An image that a worker holds a lease on.</summary>
public sealed record ClaimedImage
{
    /// <summary>Its row.</summary>
    public required long ImageId { get; init; }

    /// <summary>The bucket's name.</summary>
    public required string Bucket { get; init; }

    /// <summary>In Unicode NFC.</summary>
    public required string Key { get; init; }

    /// <summary>What was read last; null before the first read.</summary>
    public string? ETag { get; init; }

    /// <summary>In bytes, of that read.</summary>
    public long? Size { get; init; }

    /// <summary>The content of that read.</summary>
    public long? ContentId { get; init; }

    /// <summary>A result counts only as long as it stays.</summary>
    public required long Generation { get; init; }

    /// <summary>This one included, since the last event.</summary>
    public int Attempts { get; init; }

    /// <summary>Leases that ran out over it: above 0 it is looked at alone.</summary>
    public int Crashes { get; init; }

    /// <summary>When the change happened, by the source's clock.</summary>
    public DateTime EventAt { get; init; }
}
