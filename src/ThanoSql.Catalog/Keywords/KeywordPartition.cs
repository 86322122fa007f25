using System.Globalization;
using Npgsql;

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
