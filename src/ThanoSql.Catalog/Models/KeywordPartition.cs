using System.Globalization;
using Npgsql;

namespace ThanoSql.Catalog.Models;

/// <summary>The part of <c>thanosql.keyword</c> that holds what one version says.</summary>
public static class KeywordPartition
{
    /// <summary>The partition's table: <c>thanosql.keyword_17</c>.</summary>
    public static string Table(long versionId) => string.Create(CultureInfo.InvariantCulture, $"thanosql.keyword_{versionId}");

    internal static Task<int> CreateAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellation) =>
        connection.Command(string.Create(
            CultureInfo.InvariantCulture,
            $"CREATE TABLE {Table(versionId)} PARTITION OF thanosql.keyword FOR VALUES IN ({versionId})")).RunAsync(cancellation);

    /// <summary>Removes what the version says; nothing happens when it is gone already.</summary>
    internal static Task<int> DropAsync(NpgsqlConnection connection, long versionId, CancellationToken cancellation) =>
        connection.Command($"DROP TABLE IF EXISTS {Table(versionId)}").RunAsync(cancellation);
}
