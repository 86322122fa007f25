namespace ThanoSql.Catalog.Keywords;

/// <summary>The part of <c>thanosql.keyword</c> that holds what one version says.</summary>
public static class KeywordPartition
{
    /// <summary>The partition's table: <c>thanosql.keyword_17</c>.</summary>
    public static string Table(long versionId) => string.Create(CultureInfo.InvariantCulture, $"thanosql.keyword_{versionId}");

    /// <summary>Makes the partition of a version whose keywords were dropped.</summary>
    public static async Task EnsureAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (!await connection.Command("SELECT to_regclass($1) IS NOT NULL", Table(versionId)).ScalarAsync<bool>(cancellationToken))
            await CreateAsync(connection, versionId, cancellationToken);
    }

    internal static Task<int> CreateAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellationToken) =>
        connection.Command(string.Create(
            CultureInfo.InvariantCulture,
            $"CREATE TABLE {Table(versionId)} PARTITION OF thanosql.keyword FOR VALUES IN ({versionId})")).RunAsync(cancellationToken);

    /// <summary>Removes what the version says; nothing happens when it is gone already.</summary>
    internal static Task<int> DropAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellationToken) =>
        connection.Command($"DROP TABLE IF EXISTS {Table(versionId)}").RunAsync(cancellationToken);
}

/// <summary>Which versions' keywords are kept: those in service and as many earlier ones as a rollback may want at once.</summary>
public sealed class KeywordRetention(NpgsqlDataSource database)
{
    /// <summary>Keyword partitions kept for each model whose pipelines do not say otherwise.</summary>
    public const int Versions = 3;

    /// <summary>Drops the keywords of a model's older versions. Their heads stay: a rollback further back keys again.</summary>
    /// <returns>How many partitions went.</returns>
    public async Task<int> ApplyAsync(int modelId, CancellationToken cancellationToken)
    {
        var old = await database.Command(
            """
            SELECT v.version_id
            FROM (SELECT version_id, row_number() OVER (ORDER BY promoted_at DESC) AS age
                  FROM thanosql.model_version WHERE model_id = $1 AND promoted_at IS NOT NULL) v
            JOIN thanosql.model m ON m.model_id = $1
            WHERE v.age > coalesce(
                  (SELECT max((definition #>> '{retention,versions}')::integer) FROM thanosql.pipeline p WHERE p.model_name = m.name), $2)
              AND v.version_id IS DISTINCT FROM m.current_version_id AND v.version_id IS DISTINCT FROM m.next_version_id
              AND to_regclass('thanosql.keyword_' || v.version_id) IS NOT NULL
            """,
            modelId, Versions).ListAsync<long>(cancellationToken);
        foreach (var version in old)
            await DropAsync(version, cancellationToken);
        return old.Count;
    }

    private async Task DropAsync(long versionId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("UPDATE thanosql.model_version SET keyed = false WHERE version_id = $1", versionId).RunAsync(cancellationToken);
        await KeywordPartition.DropAsync(connection, versionId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
