namespace ThanoSql.Catalog.Runs;

/// <summary>The runs waiting for a trainer. The table is the queue: messages and notifications only wake trainers and watchers up.</summary>
public sealed class TrainingQueue(NpgsqlDataSource database)
{
    /// <summary>The channel on which each change of a run is announced; the payload is its id.</summary>
    public const string Channel = "thanosql_training_run";

    private const string Columns =
        "run_id, model_name AS model, version_id, trigger, statement, scope, state, cancel, stage, done, total, log, outcome, error_code, " +
        "error_offset, error_hint, queued_at, started_at, finished_at, crashes, setbacks, " +
        "changes::text AS changes";

    private static readonly string Brief = Columns.Replace(" statement,", " '' AS statement,", StringComparison.Ordinal)
        .Replace(" log,", " '' AS log,", StringComparison.Ordinal);

    /// <summary>How long a run that somebody waits for stays wanted without another word of them.</summary>
    public static readonly TimeSpan Wanted = TimeSpan.FromMinutes(1);

    // A clock that is put right by a little is no clock that ran ahead
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private const long LockKey = 0x52756E73; // "Runs"

    /// <returns>The run's id.</returns>
    /// <exception cref="TrainingRunOpenException">Another run of the model is queued or running. A rollback never meets this: it waits its
    /// turn.</exception>
    /// <exception cref="TooManyRunsException">Of a run that somebody waits for: too many are open.</exception>
    public async Task<long> AddAsync(NewTrainingRun run, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            if (run.Waiting is { } waiting)
                await MakeRoomAsync(connection, waiting, cancellationToken);
            var id = await connection.Command(
                "INSERT INTO thanosql.training_run (model_name, trigger, statement, scope, asked_by, token, wanted_until) "
                + "VALUES ($1, $2, $3, $4, $5, $6::text, now() + $7::interval) RETURNING run_id",
                run.Model, run.Trigger.Word(), run.Statement, run.Scope.Name(), run.By, run.Waiting?.Token, run.Waiting is null ? null : Wanted)
                .ScalarAsync<long>(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return id;
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "training_run_one_at_a_time" })
        {
            throw new TrainingRunOpenException(run.Model);
        }
    }

    // One at a time, or two would both find the last place.
    private static async Task MakeRoomAsync(NpgsqlConnection connection, WaitingToken waiting, CancellationToken cancellationToken)
    {
        await connection.Command($"SELECT pg_catalog.pg_advisory_xact_lock({LockKey})").RunAsync(cancellationToken);
        await connection.Command(EndUnwanted).RunAsync(cancellationToken);
        var open = await connection.Command(
            """
            SELECT count(*) FILTER (WHERE token = $1), count(*) FROM thanosql.training_run
            WHERE state IN ('queued', 'running') AND trigger = 'statement'
            """,
            waiting.Token).ListAsync<(long Own, long All)>(cancellationToken);
        if (open[0].Own >= waiting.TokenRuns || open[0].All >= waiting.Runs)
            throw new TooManyRunsException(isTokens: open[0].Own >= waiting.TokenRuns);
    }

    // A process that ended could not cancel what its clients waited for.
    private const string EndUnwanted = """
        UPDATE thanosql.training_run
        SET state = 'cancelled', cancel = true, outcome = 'Whoever asked for it left before it began.', finished_at = now()
        WHERE state = 'queued' AND wanted_until < now()
        """;

    /// <summary>Somebody still waits for these runs.</summary>
    public Task WantAsync(IReadOnlyCollection<long> runs, CancellationToken cancellationToken) => database.Command(
        "UPDATE thanosql.training_run SET wanted_until = now() + $2 WHERE run_id = ANY ($1) AND state = 'queued' AND wanted_until IS NOT NULL",
        runs.ToArray(), Wanted)
        .RunAsync(cancellationToken);

    /// <summary>This run is wanted from now on, whoever waits for it.</summary>
    public Task KeepAsync(long runId, CancellationToken cancellationToken) => database.Command(
        "UPDATE thanosql.training_run SET wanted_until = NULL WHERE run_id = $1 AND state = 'queued'", runId).RunAsync(cancellationToken);

    public async Task<TrainingRun?> FindAsync(long runId, CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.training_run WHERE run_id = $1", runId).ListAsync<TrainingRun>(cancellationToken))
            .SingleOrDefault();

    /// <summary>A model's runs, the newest first. Their statements and logs, which may be long, are left out.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="most">So many at most.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<List<TrainingRun>> ListAsync(string model, int most, CancellationToken cancellationToken) => database.Command(
        $"SELECT {Brief} FROM thanosql.training_run WHERE model_name = $1 ORDER BY run_id DESC LIMIT $2", model, most)
        .ListAsync<TrainingRun>(cancellationToken);

    /// <summary>Asks a run to stop; it does so at its next step. A queued one ends at once.</summary>
    public Task CancelAsync(long runId, CancellationToken cancellationToken) => CancelAsync("run_id = $1", runId, cancellationToken);

    /// <summary>Asks the open runs of a model to stop, rollbacks aside.</summary>
    public Task CancelModelAsync(string model, CancellationToken cancellationToken) =>
        CancelAsync("model_name = $1 AND trigger <> 'rollback'", model, cancellationToken);

    /// <summary>
    /// Takes the oldest run that nobody works on: a queued one, one that was handed back, or one whose trainer's lease ran out, which counts as a
    /// crash. Runs of one model follow one another.
    /// </summary>
    /// <param name="runner">Who takes it.</param>
    /// <param name="lease">How long it is theirs without a sign of life.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>Null when there is none.</returns>
    public async Task<TrainingRun?> TakeAsync(Guid runner, TimeSpan lease, CancellationToken cancellationToken)
    {
        await database.Command(EndUnwanted).RunAsync(cancellationToken);
        return (await database.Command(
            $"""
             UPDATE thanosql.training_run
             SET state = 'running', runner = $1, alive_until = now() + $2, started_at = coalesce(started_at, now()),
                 crashes = crashes + (state = 'running' AND runner IS NOT NULL)::integer
             WHERE run_id = (
                 SELECT run_id FROM thanosql.training_run q
                 WHERE (q.state = 'queued' OR q.state = 'running' AND q.alive_until < now())
                   AND NOT EXISTS (
                       SELECT FROM thanosql.training_run other
                       WHERE other.model_name = q.model_name AND other.run_id <> q.run_id AND other.state IN ('queued', 'running')
                         AND (other.queued_at, other.run_id) < (q.queued_at, q.run_id))
                 ORDER BY q.queued_at, q.run_id
                 LIMIT 1
                 FOR UPDATE SKIP LOCKED)
             RETURNING {Columns}
             """,
            runner, lease).ListAsync<TrainingRun>(cancellationToken)).SingleOrDefault();
    }

    /// <summary>
    /// Hands runs back whose lease ends later than any that is set now: the server's clock was ahead when it was set. That counts as no crash.
    /// </summary>
    /// <param name="lease">How long a run is a trainer's without a sign of life.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<List<long>> VoidAheadAsync(TimeSpan lease, CancellationToken cancellationToken) => database.Command(
        """
        UPDATE thanosql.training_run SET runner = NULL, alive_until = now() - interval '1 second'
        WHERE state = 'running' AND alive_until > now() + $1 RETURNING run_id
        """,
        lease + Tolerance).ListAsync<long>(cancellationToken);

    /// <summary>The hold on a run that was taken.</summary>
    public TrainingLease LeaseOf(TrainingRun run, Guid runner) => new(database, run, runner);

    private Task<int> CancelAsync(string which, object value, CancellationToken cancellationToken) =>
        database.Command(
            $"""
             UPDATE thanosql.training_run
             SET cancel = true,
                 state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
                 outcome = CASE state WHEN 'queued' THEN 'Cancelled before it began.' ELSE outcome END,
                 finished_at = CASE state WHEN 'queued' THEN now() ELSE finished_at END
             WHERE {which} AND state IN ('queued', 'running')
             """,
            value).RunAsync(cancellationToken);
}
