using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThanoSql.Embedding;

namespace ThanoSql.Query.Health;

/// <summary>
/// <c>/health/live</c>: the process runs. <c>/health/ready</c>: what it depends on answers; each named. Neither needs a token nor tells secrets.
/// </summary>
public static class HealthApi
{
    /// <summary>The tag of checks that readiness of every role asks.</summary>
    public const string Tag = "thanosql";

    /// <summary>The tag of checks of the bus, MassTransit's own. A bus that is down stops no query, but it does stop workers and trainers.</summary>
    public const string BusTag = "masstransit";

    // Ready all the same: a check says so by its data
    private const string Degraded = "degraded";

    private static readonly HealthReport Nothing = new(new Dictionary<string, HealthReportEntry>(), TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Registers the checks: database, store, and the models in service.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DatabaseTroubles>();
        services.AddServiceDatabase();
        var checks = services.AddHealthChecks()
            .AddCheck<DatabaseCheck>("database", tags: [Tag], timeout: Patience)
            .AddCheck<StoreCheck>("store", tags: [Tag], timeout: Patience)
            .AddCheck<MigrationCheck>("migrations", tags: [Tag], timeout: Patience);
        if (services.Any(s => s.ServiceType == typeof(EmbeddingSpaces)))
            checks.AddCheck<ModelCheck>("model", tags: [Tag], timeout: TimeSpan.FromMinutes(1));
        return services;
    }

    /// <param name="endpoints">Of the process.</param>
    /// <param name="needsBus">Whether a bus that is down makes the process unready.</param>
    public static void Map(IEndpointRouteBuilder endpoints, bool needsBus)
    {
        endpoints.MapGet("/health/live", (HttpContext context) => Answer(context, Nothing))
            .WithName("Live").WithTags("health").WithSummary("Whether the process runs").Produces<HealthReply>();
        endpoints.MapGet("/health/ready", async (HttpContext context, [FromServices] HealthCheckService checks) => Answer(
                context,
                await checks.CheckHealthAsync(
                    check => check.Tags.Contains(Tag) || needsBus && check.Tags.Contains(BusTag), context.RequestAborted)))
            .WithName("Ready").WithTags("health").WithSummary("Whether what it depends on answers; 'degraded' is ready all the same")
            .Produces<HealthReply>().Produces<HealthReply>(StatusCodes.Status503ServiceUnavailable);
    }

    private static JsonHttpResult<HealthReply> Answer(HttpContext context, HealthReport report)
    {
        context.Response.Headers.CacheControl = "no-store, no-cache";
        var status = report.Status == HealthStatus.Healthy && report.Entries.Values.Any(e => e.Data.Count > 0) ? Degraded : Word(report.Status);
        var checks = report.Entries.ToDictionary(
            e => e.Key,
            e => new HealthNote(e.Value.Data.Count > 0 ? Degraded : Word(e.Value.Status), e.Value.Exception?.Message ?? e.Value.Description));
        return TypedResults.Json(
            new HealthReply(status, Product.Version, checks),
            // A bus that looks for its broker is degraded by its own word
            statusCode: report.Status == HealthStatus.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ok" : "out";

    /// <param name="Status"><c>ok</c>, <c>degraded</c> (ready, but something is to be looked after) or <c>out</c>.</param>
    /// <param name="Version">Of the program.</param>
    /// <param name="Checks">What it depends on, by name.</param>
    private sealed record HealthReply(string Status, string Version, IReadOnlyDictionary<string, HealthNote> Checks);

    /// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>out</c>.</param>
    /// <param name="Note">What is wrong.</param>
    private sealed record HealthNote(string Status, string? Note);
}
