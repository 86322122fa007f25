using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThanoSql.Catalog.Trunks;
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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Registers the checks: database, store, and the models in service.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddServiceDatabase();
        var checks = services.AddHealthChecks()
            .AddNpgSql(
                provider => provider.GetRequiredService<ServiceDatabase>().Source, Migrator.Probe, name: "database", tags: [Tag],
                timeout: Patience)
            .AddCheck<StoreCheck>("store", tags: [Tag], timeout: Patience);
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
            status = Word(report.Status),
            version = Product.Version,
            checks = report.Entries.ToDictionary(
                e => e.Key, e => new { status = Word(e.Value.Status), note = e.Value.Exception?.Message ?? e.Value.Description }),
        },
        context.RequestAborted);

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ok" : "out";
}

/// <summary>The object store answers.</summary>
internal sealed class StoreCheck(IObjectStore store, IOptions<SqlOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await store.StatAsync(new ObjectPath(options.Value.Workspace, "thanosql-health"), cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

/// <summary>The embedding space of every model in service is loaded; the first check loads them.</summary>
internal sealed class ModelCheck(ServiceDatabase service, EmbeddingSpaces spaces) : IHealthCheck
{
    private readonly TrunkCatalog _catalog = new(service.Source);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var ids = await _catalog.InServiceAsync(cancellationToken);
        foreach (var id in ids)
            await spaces.OpenAsync(id, cancellationToken);
        return HealthCheckResult.Healthy(ids.Count == 0 ? "no model is built yet" : $"{ids.Count} loaded");
    }
}
