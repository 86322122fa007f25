namespace ThanoSql.Catalog.Live;

/// <summary>A process that indexes.</summary>
/// <param name="Id">Another one at each start.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Provider"><c>cpu</c> or <c>cuda</c>: where its trunks run.</param>
public sealed record WorkerProcess(Guid Id, string Host, string Version, string Provider);

/// <summary>What a worker did in some seconds.</summary>
/// <param name="At">Their beginning, by the database's clock.</param>
/// <param name="LagMilliseconds">From event to row, the sum over <paramref name="Indexed"/>.</param>
public sealed record ActivitySpan(DateTimeOffset At, int Indexed, int Failed, long LagMilliseconds)
{
    /// <summary>How long a span is.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(5);
}

/// <summary>What a worker hears when it says that it lives.</summary>
/// <param name="Now">By the database's clock.</param>
/// <param name="IsSweepWanted">Somebody asked for a sweep; this worker took the request.</param>
public sealed record WorkerReply(DateTimeOffset Now, bool IsSweepWanted);

/// <summary>The trace that workers leave for whoever looks on.</summary>
public sealed class WorkerLedger(NpgsqlDataSource database)
{
    /// <summary>Who was not seen for so long is not there.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>A worker lives, and did this; what is too old goes. Saying the same twice is harmless.</summary>
    public async Task<WorkerReply> SayAsync(WorkerProcess worker, IReadOnlyCollection<ActivitySpan> done, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            WITH seen AS (
                INSERT INTO thanosql.worker (worker_id, host, version, provider) VALUES ($1, $2, $3, $4)
                ON CONFLICT (worker_id) DO UPDATE SET seen_at = now(), provider = excluded.provider),
            done AS (
                INSERT INTO thanosql.worker_activity (worker_id, at, indexed, failed, lag_ms)
                SELECT $1, * FROM unnest($5::timestamptz[], $6::integer[], $7::integer[], $8::bigint[]) ON CONFLICT DO NOTHING),
            past AS (DELETE FROM thanosql.worker_activity WHERE at < now() - $9::interval),
            left_behind AS (DELETE FROM thanosql.worker WHERE seen_at < now() - $9::interval AND worker_id <> $1),
            asked AS (DELETE FROM thanosql.sweep_request RETURNING 1)
            SELECT now(), EXISTS (SELECT FROM asked)
            """,
            worker.Id, worker.Host, worker.Version, worker.Provider, done.Select(d => d.At.UtcDateTime).ToArray(),
            done.Select(d => d.Indexed).ToArray(), done.Select(d => d.Failed).ToArray(), done.Select(d => d.LagMilliseconds).ToArray(), Kept)
            .ListAsync(r => new WorkerReply(r.GetFieldValue<DateTimeOffset>(0), r.GetBoolean(1)), cancellationToken)).Single();

    /// <summary>A worker ends.</summary>
    public Task LeaveAsync(Guid worker, CancellationToken cancellationToken) =>
        database.Command("DELETE FROM thanosql.worker WHERE worker_id = $1", worker).RunAsync(cancellationToken);
}
