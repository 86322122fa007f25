using Microsoft.AspNetCore.Diagnostics.HealthChecks;
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
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        var ready = new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(Tag) || needsBus && check.Tags.Contains(BusTag),
            ResponseWriter = WriteAsync,
        };
        ready.ResultStatusCodes[HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable; // a bus that looks for its broker
        endpoints.MapHealthChecks("/health/ready", ready);
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status == HealthStatus.Healthy && report.Entries.Values.Any(e => e.Data.Count > 0) ? Degraded : Word(report.Status),
            version = Product.Version,
            checks = report.Entries.ToDictionary(
                e => e.Key,
                e => new
                {
                    status = e.Value.Data.Count > 0 ? Degraded : Word(e.Value.Status),
                    note = e.Value.Exception?.Message ?? e.Value.Description,
                }),
        },
        context.RequestAborted);

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ok" : "out";
}
