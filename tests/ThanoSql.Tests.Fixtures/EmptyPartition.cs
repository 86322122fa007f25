using Npgsql;
using ThanoSql.Catalog.Keywords;

namespace ThanoSql.Tests.Fixtures;

/// <summary>The keyword partition of a version that says nothing yet.</summary>
public static class EmptyPartition
{
    public static async Task CreateAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken)
    {
        await using var load = await KeywordLoad.BeginAsync(database, versionId, cancellationToken);
        await load.CompleteAsync([], cancellationToken);
    }
}
