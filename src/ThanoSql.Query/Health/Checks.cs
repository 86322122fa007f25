using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Embedding;
using ThanoSql.Planning;
using ThanoSql.Storage;

namespace ThanoSql.Query.Health;

/// <summary>The database answers.</summary>
internal sealed class DatabaseCheck(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var command = database.CreateCommand("SELECT count(*) FROM thanosql.migration");
        await command.ExecuteScalarAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
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
internal sealed class ModelCheck(NpgsqlDataSource database, EmbeddingSpaces trunks) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var ids = new List<int>();
        await using (var command = database.CreateCommand(
            "SELECT DISTINCT v.trunk_id FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id"))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                ids.Add(reader.GetInt32(0));
        }
        foreach (var id in ids)
            await trunks.OpenAsync(id, cancellationToken);
        return HealthCheckResult.Healthy(ids.Count == 0 ? "no model is built yet" : $"{ids.Count} loaded");
    }
}
