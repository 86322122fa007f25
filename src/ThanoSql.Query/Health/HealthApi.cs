using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThanoSql.Catalog.Images;
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

/// <summary>The database is not ahead of this program: that is bearable for one step, while a newer release is rolled out.</summary>
internal sealed class MigrationCheck(ServiceDatabase service) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Migrator.AheadAsync(service.Source, cancellationToken) is { } ahead
                ? HealthCheckResult.Healthy(
                    $"a newer release ran migration {ahead}: update this process", new Dictionary<string, object> { ["migration"] = ahead })
                : HealthCheckResult.Healthy();
        }
        catch (NpgsqlException)
        {
            return HealthCheckResult.Unhealthy("Not known while the database is out.");
        }
    }
}

/// <summary>The database answers, and does its work: one whose disk is full only answers.</summary>
internal sealed class DatabaseCheck(ServiceDatabase service, DatabaseTroubles troubles) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var probe = service.Source.CreateCommand(Migrator.Probe);
            await probe.ExecuteScalarAsync(cancellationToken);
        }
        catch (NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy(troubles.Current ?? DatabaseTrouble.Describe(error));
        }
        return troubles.Current is { } trouble ? HealthCheckResult.Unhealthy(trouble) : HealthCheckResult.Healthy();
    }
}

/// <summary>The object store answers, and no bucket of known images is missing.</summary>
internal sealed class StoreCheck(IObjectStore store, ServiceDatabase service, IOptions<SqlOptions> options) : IHealthCheck
{
    private readonly BucketLedger _buckets = new(service.Source);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (await _buckets.AbsentAsync(cancellationToken) is { Count: > 0 } absent)
                return HealthCheckResult.Unhealthy(string.Join(' ', absent.Select(bucket => bucket.Reason)));
            await store.StatAsync(new ObjectPath(options.Value.Workspace, "thanosql-health"), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (StoreException error)
        {
            return HealthCheckResult.Unhealthy(error.Message);
        }
        catch (NpgsqlException)
        {
            return HealthCheckResult.Unhealthy("Not known while the database is out.");
        }
    }
}

/// <summary>The embedding space of every model in service is loaded; the first check loads them.</summary>
internal sealed class ModelCheck(ServiceDatabase service, EmbeddingSpaces spaces) : IHealthCheck
{
    private readonly TrunkCatalog _catalog = new(service.Source);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var ids = await _catalog.InServiceAsync(cancellationToken);
            foreach (var id in ids)
                await spaces.OpenAsync(id, cancellationToken);
            return HealthCheckResult.Healthy(ids.Count == 0 ? "no model is built yet" : $"{ids.Count} loaded");
        }
        catch (NpgsqlException away)
        {
            return HealthCheckResult.Unhealthy($"the catalog does not tell which models are in service: {DatabaseTrouble.Describe(away)}");
        }
    }
}
