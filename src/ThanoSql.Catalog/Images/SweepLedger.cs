namespace ThanoSql.Catalog.Images;

/// <summary>An object as a listing shows it.</summary>
public sealed record ListedObject(string Key, string ETag, long Size)
{
    /// <summary>Whether the store spells the key otherwise, and lists it elsewhere than at its place.</summary>
    public bool IsRespelled { get; init; }
}

/// <summary>What a sweep has found so far.</summary>
/// <param name="AfterKey">Where it goes on, spelled as in the store; null at the beginning.</param>
/// <param name="Listed">Objects listed.</param>
/// <param name="Changed">New or changed ones made due.</param>
/// <param name="Gone">Images without an object; made due at the end, unless they are too many.</param>
public sealed record SweepProgress(string Bucket, string? AfterKey, long Listed, long Changed, long Gone)
{
    /// <summary>Of so many known images. Set at the end.</summary>
    public long Known { get; init; }

    /// <summary>Whether the images without an object are too many to be called gone unasked; nothing was done about them.</summary>
    public bool IsHeldBack { get; init; }
}

/// <summary>How many images a sweep may call gone unasked.</summary>
/// <param name="Percent">0 to 100, of the bucket's known images.</param>
/// <param name="Always">So many at any rate.</param>
public sealed record GoneLimit(double Percent, int Always = 100)
{
    /// <summary>Somebody said that the objects were deleted on purpose.</summary>
    public static readonly GoneLimit None = new(100);

    internal bool IsPassed(long missing, long known) => Percent < 100 && missing > Always && missing > known * Percent / 100;
}

/// <summary>
/// Compares listings of a bucket with the rows of its images; differences become due, so that a lost event costs time and nothing else.
/// </summary>
public sealed class SweepLedger(NpgsqlDataSource database)
{
    // OFFSET 0: one look at each object. Joined otherwise, the planner reads all images of a bucket of 100,000 for every page
    private const string Difference = """
        SELECT $1::text AS bucket, l.key FROM unnest($2::text[], $3::text[], $4::bigint[]) AS l (key, etag, size)
        LEFT JOIN LATERAL (SELECT i.* FROM thanosql.image i WHERE i.bucket = $1 AND i.key = l.key OFFSET 0) known ON true
        WHERE CASE WHEN known.image_id IS NULL THEN EXISTS (SELECT FROM thanosql.pipeline p WHERE p.bucket = $1 AND starts_with(l.key, p.prefix))
                   ELSE known.state = 'gone' OR known.state <> 'pending' AND (known.etag, known.size) IS DISTINCT FROM (l.etag, l.size) END
        """;

    private const string Missing = """
        WITH missing AS (
            INSERT INTO thanosql.sweep_missing (image_id, bucket, generation)
            SELECT image_id, bucket, generation FROM thanosql.image
            WHERE bucket = $1 AND state IN ('indexed', 'failed') AND key > coalesce($3, '') AND ($4::text IS NULL OR key <= $4)
              AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS l (listed) WHERE l.listed = key)
              AND NOT EXISTS (SELECT FROM unnest($5::text[]) u (prefix) WHERE starts_with(key, u.prefix))
            ON CONFLICT (image_id) DO UPDATE SET generation = excluded.generation
            RETURNING 1)
        SELECT count(*) FROM missing
        """;

    // As they were when the listing passed them, and not listed elsewhere than their keys' place
    private const string StillMissing = """
        SELECT i.bucket, i.key FROM thanosql.sweep_missing m JOIN thanosql.image i USING (image_id, generation)
        WHERE m.bucket = $1 AND i.state IN ('indexed', 'failed')
          AND NOT EXISTS (SELECT FROM thanosql.sweep_respelled r WHERE r.bucket = i.bucket AND r.key = i.key)
        """;

    private const string Forget = """
        WITH missing AS (DELETE FROM thanosql.sweep_missing WHERE bucket = $1)
        DELETE FROM thanosql.sweep_respelled WHERE bucket = $1
        """;

    /// <summary>The buckets that pipelines or known images are in.</summary>
    public Task<List<string>> BucketsAsync(CancellationToken cancellationToken) => database.Command(
        """
        WITH RECURSIVE known AS (
            (SELECT bucket FROM thanosql.image ORDER BY bucket LIMIT 1)
            UNION ALL
            SELECT (SELECT i.bucket FROM thanosql.image i WHERE i.bucket > k.bucket ORDER BY i.bucket LIMIT 1)
            FROM known k WHERE k.bucket IS NOT NULL)
        SELECT bucket FROM known WHERE bucket IS NOT NULL UNION SELECT bucket FROM thanosql.pipeline ORDER BY bucket
        """).ListAsync<string>(cancellationToken);

    /// <summary>Starts a sweep of a bucket, or goes on with one that was interrupted.</summary>
    /// <returns>Null while another process sweeps this bucket; else hold on to it until the sweep ends.</returns>
    public Task<SweepRun?> BeginAsync(string bucket, CancellationToken cancellationToken) =>
        BeginAsync(bucket, "s.after_key IS NOT NULL", cancellationToken);

    /// <summary>Starts a sweep of a bucket, or goes on with one that was interrupted, if it began within this time.</summary>
    /// <returns>Null while another process sweeps this bucket, or when it was swept in this time; else hold on to it until the sweep ends.</returns>
    public async Task<SweepRun?> BeginAnewAsync(string bucket, TimeSpan since, CancellationToken cancellationToken) =>
        await IsSweptSinceAsync(bucket, since, cancellationToken)
            ? null
            : await BeginAsync(bucket, "s.after_key IS NOT NULL AND s.started_at >= now() - $2", cancellationToken, since);

    /// <summary>Whether a sweep of the bucket has begun and ended in this time.</summary>
    public Task<bool> IsSweptSinceAsync(string bucket, TimeSpan since, CancellationToken cancellationToken) => database.Command(
        "SELECT EXISTS (SELECT FROM thanosql.sweep WHERE bucket = $1 AND finished_at IS NOT NULL AND started_at >= now() - $2)", bucket, since)
        .ScalarAsync<bool>(cancellationToken);

    private async Task<SweepRun?> BeginAsync(string bucket, string goesOn, CancellationToken cancellationToken, params object[] values)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var ours = await connection.Command("SELECT pg_try_advisory_lock(hashtextextended($1, 1886545266))", bucket)
                .ScalarAsync<bool>(cancellationToken);
            if (!ours)
            {
                await connection.DisposeAsync();
                return null;
            }
            var progress = await connection.Command(
                $"""
                 INSERT INTO thanosql.sweep AS s (bucket, started_at) VALUES ($1, now())
                 ON CONFLICT (bucket) DO UPDATE
                 SET started_at = CASE WHEN {goesOn} THEN s.started_at ELSE now() END,
                     after_key = CASE WHEN {goesOn} THEN s.after_key END,
                     listed = CASE WHEN {goesOn} THEN s.listed ELSE 0 END,
                     changed = CASE WHEN {goesOn} THEN s.changed ELSE 0 END,
                     gone = CASE WHEN {goesOn} THEN s.gone ELSE 0 END, finished_at = NULL
                 RETURNING bucket, after_key, listed, changed, gone
                 """,
                [bucket, .. values]).ListAsync<SweepProgress>(cancellationToken);
            if (progress[0].AfterKey is null)
                await connection.Command(Forget, bucket).RunAsync(cancellationToken);
            return new SweepRun(connection, progress[0]);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal static async Task<SweepProgress> CompareAsync(
        NpgsqlConnection connection, SweepProgress before, IReadOnlyList<ListedObject> page, IReadOnlyCollection<string> unreadable, string? last,
        CancellationToken cancellationToken)
    {
        var keys = page.Select(o => o.Key).ToArray();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var changed = await connection.Command(
            DueImages.Anew(Difference, "sweep"), before.Bucket, keys, page.Select(o => o.ETag).ToArray(), page.Select(o => o.Size).ToArray())
            .ScalarAsync<long>(cancellationToken);
        if (page.Where(o => o.IsRespelled).Select(o => o.Key).ToArray() is { Length: > 0 } respelled)
        {
            await connection.Command(
                "INSERT INTO thanosql.sweep_respelled (bucket, key) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING", before.Bucket, respelled)
                .RunAsync(cancellationToken);
        }
        var gone = await connection.Command(Missing, before.Bucket, keys, before.AfterKey, last, unreadable.ToArray())
            .ScalarAsync<long>(cancellationToken);
        var progress = new SweepProgress(before.Bucket, last, before.Listed + page.Count, before.Changed + changed, before.Gone + gone);
        await connection.Command(
            "UPDATE thanosql.sweep SET after_key = $2, listed = $3, changed = $4, gone = $5 WHERE bucket = $1",
            before.Bucket, last, progress.Listed, progress.Changed, progress.Gone).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return progress;
    }

    /// <summary>Makes what the sweep misses due, unless it is too much.</summary>
    internal static async Task<SweepProgress> FinishAsync(
        NpgsqlConnection connection, SweepProgress listed, GoneLimit limit, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var known = await connection.Command("SELECT count(*) FROM thanosql.image WHERE bucket = $1 AND state <> 'gone'", listed.Bucket)
            .ScalarAsync<long>(cancellationToken);
        var missing = await connection.Command($"SELECT count(*) FROM ({StillMissing}) m", listed.Bucket).ScalarAsync<long>(cancellationToken);
        var finished = listed with { AfterKey = null, Gone = missing, Known = known, IsHeldBack = limit.IsPassed(missing, known) };
        if (!finished.IsHeldBack)
            await connection.Command(DueImages.Anew(StillMissing, "sweep"), listed.Bucket).ScalarAsync<long>(cancellationToken);
        await connection.Command(Forget, listed.Bucket).RunAsync(cancellationToken);
        await connection.Command(
            "UPDATE thanosql.sweep SET after_key = NULL, gone = $2, held_back = $3, finished_at = now() WHERE bucket = $1",
            listed.Bucket, missing, finished.IsHeldBack ? missing : null).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return finished;
    }
}

/// <summary>A sweep in progress; disposing it before its end lets the next one go on from here.</summary>
public sealed class SweepRun : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    internal SweepRun(NpgsqlConnection connection, SweepProgress progress) => (_connection, Progress) = (connection, progress);

    public SweepProgress Progress { get; private set; }

    /// <summary>Compares one page.</summary>
    /// <param name="page">The objects, in the store's order.</param>
    /// <param name="unreadable">Prefixes of which nobody knows what lies below.</param>
    /// <param name="last">The key after which the next page begins; null after the last page, which also stands for all keys beyond.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task CompareAsync(
        IReadOnlyList<ListedObject> page, IReadOnlyCollection<string> unreadable, string? last, CancellationToken cancellationToken) =>
        Progress = await SweepLedger.CompareAsync(_connection, Progress, page, unreadable, last, cancellationToken);

    /// <summary>Makes what was missed due, unless the limit is passed. Everything must have been compared.</summary>
    public async Task FinishAsync(GoneLimit limit, CancellationToken cancellationToken) =>
        Progress = await SweepLedger.FinishAsync(_connection, Progress, limit, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // The pool keeps the session alive: give the lock up by hand. Where that fails, the connection and its session are gone.
        using var patience = new CancellationTokenSource(GracePeriod.Usual);
        try
        {
            if (_connection.State == System.Data.ConnectionState.Open)
                await _connection.Command("SELECT pg_advisory_unlock_all()").RunAsync(patience.Token);
        }
        catch (Exception lost) when (lost is NpgsqlException or OperationCanceledException)
        {
            await _connection.CloseAsync();
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }
}
