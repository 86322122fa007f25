namespace ThanoSql.Catalog.Runs;

/// <summary>A trainer's hold on a run. Every write says who it is from: a trainer that lost its lease changes nothing any more.</summary>
public sealed class TrainingLease(NpgsqlDataSource database, TrainingRun run, Guid runner)
{
    private const string Over = "finished_at = now(), stage = '', alive_until = NULL";
    private const string Mine = "WHERE run_id = $1 AND runner = $2 AND state = 'running'";

    public TrainingRun Run => run;

    /// <summary>Prolongs the lease.</summary>
    /// <exception cref="TrainingLeaseLostException">Another trainer took the run up.</exception>
    /// <returns>Whether somebody asked the run to stop.</returns>
    public async Task<bool> RenewAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var cancel = await database.Command(
            $"UPDATE thanosql.training_run SET alive_until = now() + $3 {Mine} RETURNING cancel", run.RunId, runner, lease)
            .ScalarAsync<bool?>(cancellationToken);
        return cancel ?? throw new TrainingLeaseLostException(run.RunId);
    }

    /// <summary>
    /// Hands the run back before it is over: the next trainer takes it up at once, and no crash is counted. Nothing when it is another's.
    /// </summary>
    public Task ReturnAsync(CancellationToken cancellationToken) =>
        database.Command($"UPDATE thanosql.training_run SET runner = NULL, alive_until = now() - interval '1 second' {Mine}", run.RunId, runner)
            .RunAsync(cancellationToken);

    /// <summary>
    /// As <see cref="ReturnAsync"/>, after a fault that passes: the next trainer takes the run up when the time is over, and finds what was done so
    /// far.
    /// </summary>
    /// <param name="time">Until then nobody takes it.</param>
    /// <param name="why">For the log.</param>
    /// <param name="counts">Whether it counts as one of the setbacks that a run may have.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public Task PutOffAsync(TimeSpan time, string why, bool counts, CancellationToken cancellationToken) => database.Command(
        $"""
         UPDATE thanosql.training_run
         SET runner = NULL, alive_until = now() + $3, setbacks = setbacks + $5, stage = '', done = 0, total = 0, log = log || $4 || E'\n' {Mine}
         """,
        run.RunId, runner, time, StorableText.Of(why), counts ? 1 : 0).RunAsync(cancellationToken);

    /// <summary>Says what is being done and how far it is.</summary>
    public Task ReportAsync(string stage, long done, long total, CancellationToken cancellationToken) =>
        WriteAsync("stage = $3, done = $4, total = $5", [stage, done, total], cancellationToken);

    /// <summary>Adds a line to the log; who asked for the run sees it at once.</summary>
    public Task SayAsync(string message, CancellationToken cancellationToken) =>
        WriteAsync("log = log || $3 || E'\\n'", [StorableText.Of(message)], cancellationToken);

    /// <summary>Ties the run to the version that it made, so that another trainer finds it after a crash.</summary>
    internal Task BindAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellationToken) =>
        WriteAsync(connection, "version_id = $3", [versionId], cancellationToken);

    /// <summary>Ties the run to the version that it works on.</summary>
    public Task BindAsync(long versionId, CancellationToken cancellationToken) => WriteAsync("version_id = $3", [versionId], cancellationToken);

    /// <summary>Notes what a promotion changes.</summary>
    public Task NoteAsync(KeywordChanges changes, CancellationToken cancellationToken) =>
        WriteAsync("changes = $3::jsonb", [changes.ToJson()], cancellationToken);

    /// <summary>Ends the run.</summary>
    /// <param name="outcome">For people.</param>
    public Task EndAsync(RunState state, string outcome, CancellationToken cancellationToken) =>
        WriteAsync($"state = $3, outcome = $4, {Over}", [state.Word(), StorableText.Of(outcome)], cancellationToken);

    /// <summary>Ends the run with an error.</summary>
    public Task FailAsync(RunError error, CancellationToken cancellationToken) =>
        WriteAsync(
            $"state = 'failed', outcome = $3, error_code = $4, error_offset = $5::integer, error_hint = $6::text, {Over}",
            [StorableText.Of(error.Message), error.Code, error.Offset, StorableText.Of(error.Hint)], cancellationToken);

    private async Task WriteAsync(string changes, object?[] values, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await WriteAsync(connection, changes, values, cancellationToken);
    }

    private async Task WriteAsync(NpgsqlConnection connection, string changes, object?[] values, CancellationToken cancellationToken)
    {
        var changed = await connection.Command($"UPDATE thanosql.training_run SET {changes} {Mine}", [run.RunId, runner, .. values])
            .RunAsync(cancellationToken);
        if (changed == 0)
            throw new TrainingLeaseLostException(run.RunId);
    }
}

/// <summary>Another trainer took the run up, since this one gave no sign of life in time: stop at once.</summary>
public sealed class TrainingLeaseLostException(long runId) : Exception($"Training run {runId} was taken up by another trainer.");
