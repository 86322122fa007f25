using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Embedding;

namespace ThanoSql.Query.Health;

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
