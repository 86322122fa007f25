using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace ThanoSql.Trainer;

/// <summary><c>GET /api/v1/runs/{run_id}</c>: a training run as it stands.</summary>
public static class RunEndpoint
{
    /// <summary>Maps it; the caller adds authorization.</summary>
    public static IEndpointConventionBuilder MapTrainingRuns(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/v1/runs/{run_id}", FindAsync)
            .WithName("TrainingRun").WithTags("models")
            .WithSummary("A training run: how far it is, how it ended, its log, and how many pictures get another keyword, with twenty of them")
            .ProducesProblem(400).ProducesProblem(404);

    private static async Task<Ok<RunReport>> FindAsync(
        [FromRoute(Name = "run_id")] long id, TrainingQueue queue, VersionCatalog versions, CancellationToken cancellationToken)
    {
        var run = await queue.FindAsync(id, cancellationToken)
            ?? throw new QueryException(ErrorCode.NotFound, $"There is no training run {id}: SELECT run_id FROM thanosql.training_runs lists them.");
        var version = run.VersionId is { } made ? await versions.FindAsync(made, cancellationToken) : null;
        var verdict = version is null ? null : await versions.VerdictAsync(version.VersionId, cancellationToken);
        return TypedResults.Ok(new RunReport(
            run.RunId, run.Model, version?.Number, run.Trigger, run.State, run.Stage, run.Done, run.Total, run.Outcome, run.ErrorCode, run.ErrorHint,
            run.Log, KeywordChanges.Parse(run.Changes), verdict, run.QueuedAt, run.StartedAt, run.FinishedAt));
    }

    /// <summary>A training run, as <c>thanosql.training_runs</c> shows it.</summary>
    /// <param name="Version">The number of the version that it made or brought back.</param>
    /// <param name="Done">Of <paramref name="Total"/> pieces of the stage; 0 of 0 when it cannot be counted.</param>
    /// <param name="Changes">Null before they are counted, and where no version was in service.</param>
    /// <param name="Verdict">Of the promotion gate; null where none was asked.</param>
    internal sealed record RunReport(
        long RunId, string Model, int? Version, RunTrigger Trigger, RunState State, string Stage, long Done, long Total, string? Outcome,
        string? ErrorCode, string? ErrorHint, string Log, KeywordChanges? Changes, GateVerdict? Verdict, DateTime QueuedAt, DateTime? StartedAt,
        DateTime? FinishedAt);
}
