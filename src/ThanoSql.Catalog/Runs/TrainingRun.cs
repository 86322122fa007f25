using ThanoSql.Catalog.Audits;

namespace ThanoSql.Catalog.Runs;

/// <summary>A run to be queued.</summary>
/// <param name="Statement">What to do: the whole BUILD, FIT, UPLOAD or DELETE MODEL text; for a rollback the version's number or nothing; for a
/// rename JSON.</param>
/// <param name="Scope">Whose rights the statement's source runs with.</param>
public sealed record NewTrainingRun(string Model, RunTrigger Trigger, string Statement, TokenScope Scope)
{
    /// <summary>Who asks: an <see cref="Actor"/>.</summary>
    public string By { get; init; } = Actor.Of(Trigger);

    /// <summary>Set for a run that somebody waits for.</summary>
    public WaitingToken? Waiting { get; init; }

    /// <param name="model">Its name.</param>
    /// <param name="rename">What is called what, as the run's handler reads it.</param>
    public static NewTrainingRun Rename(string model, string rename) => new(model, RunTrigger.Rename, rename, TokenScope.Admin);

    /// <param name="model">Its name.</param>
    /// <param name="toVersion">The version's number; null for the one before.</param>
    public static NewTrainingRun Rollback(string model, int? toVersion) =>
        new(model, RunTrigger.Rollback, toVersion?.ToString(CultureInfo.InvariantCulture) ?? "", TokenScope.Admin);
}

/// <summary>A run as it stands in the catalog; who waits for one reads this.</summary>
/// <param name="Stage">What is being done now, for people.</param>
/// <param name="Done">Of <paramref name="Total"/> pieces of the stage; 0 of 0 when it cannot be counted.</param>
/// <param name="Log">Messages so far, one a line.</param>
/// <param name="Outcome">How it ended, for people; the error message of a failed one.</param>
/// <param name="ErrorCode">The code of a failed one.</param>
/// <param name="ErrorOffset">Where in the statement its mistake is, in characters from 0; null when no place is at fault.</param>
/// <param name="ErrorHint">What to write instead, when that is known.</param>
/// <param name="Crashes">Trainers that gave no sign of life any more while they had it, and did not hand it back.</param>
/// <param name="Changes">A <see cref="KeywordChanges"/> as JSON; null where nothing was compared.</param>
/// <param name="Setbacks">Times that it was put off because the database did not answer.</param>
public sealed record TrainingRun(
    long RunId,
    string Model,
    long? VersionId,
    RunTrigger Trigger,
    string Statement,
    TokenScope Scope,
    RunState State,
    bool Cancel,
    string Stage,
    long Done,
    long Total,
    string Log,
    string? Outcome,
    string? ErrorCode,
    int? ErrorOffset,
    string? ErrorHint,
    DateTime QueuedAt,
    DateTime? StartedAt,
    DateTime? FinishedAt,
    int Crashes,
    int Setbacks = 0,
    string? Changes = null)
{
    /// <summary>Whether nothing more will happen to it.</summary>
    public bool IsOver => State is not (RunState.Queued or RunState.Running);

    /// <summary>The number of the version that a rollback is to bring back; null for the one before, and for other runs.</summary>
    public int? ToVersion =>
        Trigger == RunTrigger.Rollback && int.TryParse(Statement, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Who waits for a run, and how many runs may be open.</summary>
/// <param name="Token">The name of the API token.</param>
/// <param name="TokenRuns">Open runs of this token at most, this one included.</param>
/// <param name="Runs">Of all.</param>
public sealed record WaitingToken(string Token, int TokenRuns, int Runs);

/// <summary>Too many runs are open.</summary>
/// <param name="isTokens">Whether they are those of the token that asks.</param>
public sealed class TooManyRunsException(bool isTokens) : Exception("Too many training runs are open: ask again when one of them has ended.")
{
    public bool IsTokens => isTokens;
}

/// <summary>Why a run failed.</summary>
public sealed record RunError(string Code, string Message, int? Offset = null, string? Hint = null);

/// <summary>A run of the model is open already: a second one at once is refused.</summary>
public sealed class TrainingRunOpenException(string model)
    : Exception(
        $"Model '{model}' is being built or changed already: wait for that run to end (SELECT * FROM thanosql.training_runs), then ask again.");

/// <summary>How far a training run is; the last six are final.</summary>
public enum RunState
{
    Queued,
    Running,

    /// <summary>The work is done; a new version is in service where the statement makes one.</summary>
    Promoted,

    /// <summary>The gate refused the candidate.</summary>
    Refused,

    /// <summary>There was nothing new to learn.</summary>
    Skipped,

    /// <summary>A dry run is done: nothing came into service.</summary>
    Tried,
    Failed,
    Cancelled,
}

/// <summary>What asked for a training run.</summary>
public enum RunTrigger
{
    /// <summary>A statement: BUILD, FIT, UPLOAD or DELETE MODEL. Only safety checks, no promotion gate.</summary>
    Statement,

    /// <summary>The pipeline's cron.</summary>
    Schedule,

    /// <summary>The pipeline's <c>after_new_rows</c>.</summary>
    Rows,

    /// <summary><c>thanosql train NAME</c>, or the same over HTTP.</summary>
    Hand,

    /// <summary>Back to an earlier version.</summary>
    Rollback,

    /// <summary>A label gets another name.</summary>
    Rename,
}

/// <summary>What the triggers of builds have in common.</summary>
public static class RunTriggers
{
    /// <summary>Whether nobody looks at the result before it goes into service, so that it must pass the pipeline's gate.</summary>
    public static bool PassesGate(this RunTrigger trigger) => trigger is RunTrigger.Schedule or RunTrigger.Rows or RunTrigger.Hand;

    /// <summary>Whether to train again on data that led to a refused version: a person may have changed the gate's rules since.</summary>
    public static bool RepeatsRefused(this RunTrigger trigger) => trigger is RunTrigger.Statement or RunTrigger.Hand;
}
