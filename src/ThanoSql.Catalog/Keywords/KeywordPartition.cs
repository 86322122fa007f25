namespace ThanoSql.Catalog.Keywords;

/// <summary>The part of <c>thanosql.keyword</c> that holds what one version says.</summary>
public static class KeywordPartition
{
    private const int Tries = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>The partition's table: <c>thanosql.keyword_17</c>.</summary>
    public static string Table(long versionId) => string.Create(CultureInfo.InvariantCulture, $"thanosql.keyword_{versionId}");

    /// <summary>Whether a version's keywords were loaded, and not dropped since.</summary>
    public static Task<bool> ExistsAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken) =>
        database.Command("SELECT to_regclass($1) IS NOT NULL", Table(versionId)).ScalarAsync<bool>(cancellationToken);

    /// <summary>A table for the version's rows, which is no partition yet. Its check saves reading all rows when it becomes one.</summary>
    internal static Task<int> CreateUnindexedAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellationToken) =>
        connection.Command(string.Create(
            CultureInfo.InvariantCulture,
            $"""
             CREATE TABLE {Table(versionId)} (
                 LIKE thanosql.keyword INCLUDING ALL EXCLUDING INDEXES, CONSTRAINT of_its_version CHECK (version_id = {versionId}))
             """)).RunAsync(cancellationToken);

    /// <summary>Builds the indexes of <c>thanosql.keyword</c>, so that attaching it finds them there.</summary>
    internal static async Task IndexAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellationToken)
    {
        await using var index = connection.Command(
            $"""
             ALTER TABLE {Table(versionId)} ADD PRIMARY KEY (version_id, content_id, rank);
             CREATE INDEX ON {Table(versionId)} (keyword, score DESC, content_id);
             CREATE INDEX ON {Table(versionId)} (score, content_id) WHERE rank = 1;
             """);
        index.CommandTimeout = 0;
        await index.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Attached, not made as a partition: that would wait for every reader of keywords, and others behind it.</summary>
    internal static Task<int> AttachAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellationToken) =>
        connection.Command(string.Create(
            CultureInfo.InvariantCulture,
            $"""
             ALTER TABLE thanosql.keyword ATTACH PARTITION {Table(versionId)} FOR VALUES IN ({versionId});
             ALTER TABLE {Table(versionId)} DROP CONSTRAINT of_its_version;
             """)).RunAsync(cancellationToken);

    /// <summary>
    /// Removes what the version says, unless a reader of keywords stays: whoever came after would queue behind the removal. What is left then is
    /// removed with the next promotion (<see cref="KeywordRetention"/>).
    /// </summary>
    /// <returns>Whether it is gone.</returns>
    internal static async Task<bool> TryDropAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await DropAsync(database, versionId, cancellationToken);
                return true;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                if (attempt == Tries)
                    return false;
            }
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static async Task DropAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("SET LOCAL lock_timeout = '200ms'").RunAsync(cancellationToken);
        await connection.Command("UPDATE thanosql.model_version SET keyed = false WHERE version_id = $1", versionId).RunAsync(cancellationToken);
        await connection.Command($"DROP TABLE IF EXISTS {Table(versionId)}").RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <summary>Which versions' keywords are kept: those in service and as many earlier ones as a rollback may want at once.</summary>
public sealed class KeywordRetention(NpgsqlDataSource database)
{
    /// <summary>Keyword partitions kept for each model whose pipelines do not say otherwise.</summary>
    public const int Versions = 3;

    /// <summary>
    /// Drops the keywords of a model's older versions, and what could not be dropped before. Their heads stay: a rollback further back keys again.
    /// </summary>
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
        var gone = 0;
        foreach (var version in old.Concat(await LeftOverAsync(cancellationToken)))
            gone += await KeywordPartition.TryDropAsync(database, version, cancellationToken) ? 1 : 0;
        return gone;
    }

    // Of versions that are not there any more, or never came into service: somebody read keywords when they went
    private Task<List<long>> LeftOverAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT p.version_id
        FROM (SELECT substr(c.relname, 9)::bigint AS version_id FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'thanosql.keyword'::regclass AND c.relname ~ '^keyword_[0-9]{1,18}$') p
        LEFT JOIN thanosql.model_version v USING (version_id)
        WHERE v.version_id IS NULL OR v.state IN ('rejected', 'failed') AND v.promoted_at IS NULL
        """).ListAsync<long>(cancellationToken);
}
