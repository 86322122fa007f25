namespace ThanoSql.Catalog.Images;

/// <summary>By what a bucket is known again.</summary>
public enum BucketProof
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>The id in its marker.</summary>
    Marker,

    /// <summary>It may not be written: that known objects are there.</summary>
    Sample,
}

/// <summary>A bucket that images are known from.</summary>
/// <param name="Marker">The id that its marker holds, or will.</param>
public sealed record KnownBucket(Guid Marker, BucketProof Proof);

/// <summary>A bucket that is not there.</summary>
/// <param name="Reason">Why, and what to do.</param>
public sealed record AbsentBucket(string Bucket, string Reason);

/// <summary>How the buckets of known images are known again, and whether they are there.</summary>
public sealed class BucketLedger(NpgsqlDataSource database)
{
    // Seen in the store, and not called gone since
    private const string Seen = "bucket = $1 AND etag IS NOT NULL AND state <> 'gone'";

    /// <summary>How a bucket is known again; null when it is no pipeline's and no image of it was ever seen.</summary>
    public async Task<KnownBucket?> FindAsync(string bucket, CancellationToken cancellationToken) => (await database.Command(
        $"""
        WITH fresh AS (
            INSERT INTO thanosql.bucket (bucket, marker)
            SELECT $1, gen_random_uuid()
            WHERE NOT EXISTS (SELECT FROM thanosql.bucket WHERE bucket = $1)
              AND (EXISTS (SELECT FROM thanosql.pipeline WHERE bucket = $1) OR EXISTS (SELECT FROM thanosql.image WHERE {Seen}))
            ON CONFLICT (bucket) DO UPDATE SET bucket = excluded.bucket RETURNING marker, proof)
        SELECT marker, proof FROM thanosql.bucket WHERE bucket = $1 UNION SELECT * FROM fresh
        """,
        bucket).ListAsync<KnownBucket>(cancellationToken)).SingleOrDefault();

    /// <summary>Whether images of a bucket were seen that are not gone.</summary>
    public Task<bool> HasImagesAsync(string bucket, CancellationToken cancellationToken) =>
        database.Command($"SELECT EXISTS (SELECT FROM thanosql.image WHERE {Seen})", bucket).ScalarAsync<bool>(cancellationToken);

    /// <summary>From now on the bucket is known by this.</summary>
    public Task ProveAsync(string bucket, KnownBucket proof, CancellationToken cancellationToken) => database.Command(
        """
        INSERT INTO thanosql.bucket (bucket, marker, proof) VALUES ($1, $2, $3)
        ON CONFLICT (bucket) DO UPDATE SET marker = excluded.marker, proof = excluded.proof
        """,
        bucket, proof.Marker, proof.Proof.Word()).RunAsync(cancellationToken);

    /// <summary>Keys of images that the store should have, some at random: settled ones, or those that wait for a look where there are no others.
    /// </summary>
    public async Task<(List<string> Keys, bool AreInDoubt)> SampleAsync(string bucket, int most, CancellationToken cancellationToken)
    {
        var settled = await KeysAsync("state <> 'pending'");
        return settled.Count > 0 ? (settled, false) : (await KeysAsync("state = 'pending'"), true);

        Task<List<string>> KeysAsync(string which) => database.Command(
            $"SELECT key FROM (SELECT key FROM thanosql.image WHERE {Seen} AND {which} LIMIT 10000) known ORDER BY random() LIMIT $2", bucket, most)
            .ListAsync<string>(cancellationToken);
    }

    /// <summary>Writes down whether a known bucket is there.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="reason">Why it is not; null when it is.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>Whether that is news.</returns>
    public async Task<bool> NoteAsync(string bucket, string? reason, CancellationToken cancellationToken) => await database.Command(
        """
        UPDATE thanosql.bucket
        SET since = CASE WHEN there = ($2::text IS NULL) THEN since ELSE now() END, there = $2::text IS NULL, reason = $2::text
        WHERE bucket = $1 AND reason IS DISTINCT FROM $2::text
        """,
        bucket, StorableText.Of(reason)).RunAsync(cancellationToken) > 0;

    /// <summary>The images of a bucket that wait because of their store are due at once.</summary>
    public Task WakeAsync(string bucket, CancellationToken cancellationToken) => database.Command(
        """
        UPDATE thanosql.image SET next_attempt_at = now()
        WHERE image_id IN (
            SELECT image_id FROM thanosql.image
            WHERE bucket = $1 AND state = 'pending' AND failure_kind = 'transient' AND failure LIKE 'store: %' AND next_attempt_at > now()
            ORDER BY image_id FOR UPDATE SKIP LOCKED)
        """,
        bucket).RunAsync(cancellationToken);

    /// <summary>How many images of a bucket are known, and how many of them are not among these keys.</summary>
    public async Task<(long Known, long Lost)> LossAsync(string bucket, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        (await database.Command(
            $"""
             SELECT count(*), count(*) FILTER (WHERE l.key IS NULL)
             FROM (SELECT key FROM thanosql.image WHERE {Seen}) known LEFT JOIN unnest($2::text[]) AS l (key) USING (key)
             """,
            bucket, keys.ToArray()).ListAsync<(long, long)>(cancellationToken)).Single();

    /// <summary>Buckets that are not there.</summary>
    public Task<List<AbsentBucket>> AbsentAsync(CancellationToken cancellationToken) =>
        database.Command("SELECT bucket, reason FROM thanosql.bucket WHERE NOT there ORDER BY bucket").ListAsync<AbsentBucket>(cancellationToken);
}
