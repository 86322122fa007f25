namespace ThanoSql.Catalog;

/// <summary>Numbers for gauges.</summary>
public sealed class CatalogFigures(NpgsqlDataSource database)
{
    /// <summary>Images that wait for a look.</summary>
    public Task<long> PendingAsync(CancellationToken cancellationToken) =>
        database.Command("SELECT count(*) FROM thanosql.image WHERE state = 'pending'").ScalarAsync<long>(cancellationToken);

    /// <summary>The version that each model answers with.</summary>
    public Task<List<(string Model, int Version)>> VersionsAsync(CancellationToken cancellationToken) =>
        database.Command("SELECT name, version FROM thanosql.models WHERE version IS NOT NULL")
            .ListAsync<(string, int)>(cancellationToken);
}
