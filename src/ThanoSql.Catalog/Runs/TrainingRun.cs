namespace ThanoSql.Catalog.Runs;

/// <summary>A run to be queued.</summary>
/// <param name="Statement">What to do: the whole BUILD, FIT, UPLOAD or DELETE MODEL text; for a rollback the version's number or nothing.</param>
/// <param name="Scope">Whose rights the statement's source runs with: <c>query</c>, <c>write</c> or <c>admin</c>.</param>
public sealed record NewTrainingRun(string Model, RunTrigger Trigger, string Statement, string Scope);

/// <summary>A run as it stands in the catalog; who waits for one reads this.</summary>
/// <param name="Stage">What is being done now, for people.</param>
/// <param name="Done">Of <paramref name="Total"/> pieces of the stage; 0 of 0 when it cannot be counted.</param>
/// <param name="Log">Messages so far, one a line.</param>
/// <param name="Outcome">How it ended, for people; the error message of a failed one.</param>
/// <param name="ErrorCode">The code of a failed one.</param>
/// <param name="ErrorOffset">Where in the statement its mistake is, in characters from 0; null when no place is at fault.</param>
/// <param name="ErrorHint">What to write instead, when that is known.</param>
public sealed record TrainingRun(
    long RunId,
    string Model,
    long? VersionId,
    RunTrigger Trigger,
    string Statement,
    string Scope,
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
    DateTime? FinishedAt)
{
    /// <summary>Whether nothing more will happen to it.</summary>
    public bool IsOver => State is not (RunState.Queued or RunState.Running);
}

/// <summary>Why a run failed.</summary>
public sealed record RunError(string Code, string Message, int? Offset = null, string? Hint = null);

/// <summary>A run of the model is open already: a second one at once is refused.</summary>
public sealed class TrainingRunOpenException(string model)
    : Exception(
        $"Model '{model}' is being built or changed already: wait for that run to end (SELECT * FROM thanosql.training_runs), then ask again.");
