using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using ThanoSql.Catalog.Audits;

namespace ThanoSql.Trainer;

/// <summary><c>thanosql train</c> over HTTP.</summary>
public static class TrainingEndpoint
{
    /// <summary><c>POST /api/v1/models/{name}/train</c>: 202 with the run, which a trainer works on. The caller adds authorization.</summary>
    public static IEndpointConventionBuilder MapTraining(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/v1/models/{name}/train", TrainAsync)
            .WithName("TrainModel").WithTags("models")
            .WithSummary("Trains a pipeline's model anew from its training statement; the result must pass the pipeline's gate")
            .ProducesProblem(404).ProducesProblem(409);

    private static async Task<Accepted<QueuedRun>> TrainAsync(
        string name, ClaimsPrincipal user, TrainingRequests requests, CancellationToken cancellationToken,
        [FromQuery(Name = "dry_run"), Description("Whether only to say what would change.")] bool dryRun = false)
    {
        var by = Actor.OfToken(user.Identity?.Name ?? "");
        var run = dryRun
            ? await requests.DryRunAsync(name, by, cancellationToken)
            : await requests.TrainAsync(name, RunTrigger.Hand, by, cancellationToken);
        return TypedResults.Accepted((string?)null, new QueuedRun(run));
    }

    /// <param name="RunId">Of <c>GET /api/v1/runs/{run_id}</c>, and in <c>thanosql.training_runs</c>.</param>
    internal sealed record QueuedRun(long RunId);
}
