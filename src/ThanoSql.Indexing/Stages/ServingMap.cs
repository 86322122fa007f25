using Npgsql;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Indexing.Stages;

/// <summary>Which trunks an image must be seen by, from a copy of the catalog that is read again when it may be old.</summary>
internal sealed class ServingMap(NpgsqlDataSource database, Workspace workspace, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim loading = new(1, 1);
    private IReadOnlyList<ServingTable> tables = [];
    private long loaded = -1;

    public void Forget() => Volatile.Write(ref loaded, -1);

    /// <summary>The trunks of every version that fills a table with this image, in service or about to be.</summary>
    public async Task<IReadOnlyList<int>> TrunksAsync(long imageId, string bucket, string key, CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        var trunks = new SortedSet<int>();
        foreach (var table in tables)
        {
            var wanted = table.Versions.Select(v => v.TrunkId).Where(t => !trunks.Contains(t)).ToList();
            if (wanted.Count > 0 && (table.Covers(bucket, key) || await NamesAsync(table, imageId, cancellation))) trunks.UnionWith(wanted);
        }
        return [.. trunks];
    }

    public void Dispose() => loading.Dispose();

    private async Task<bool> NamesAsync(ServingTable table, long imageId, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await ServingTables.NamedAsync(connection, table, [imageId], cancellation)).Count > 0;
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        if (IsFresh()) return;
        await loading.WaitAsync(cancellation);
        try
        {
            if (IsFresh()) return;
            var now = time.GetTimestamp();
            await using var connection = await database.OpenConnectionAsync(cancellation);
            tables = await ServingTables.LoadAsync(connection, workspace.Bucket, hold: false, cancellation);
            Volatile.Write(ref loaded, now);
        }
        finally
        {
            loading.Release();
        }
    }

    private bool IsFresh() => Volatile.Read(ref loaded) is >= 0 and var at && time.GetElapsedTime(at) < Fresh;
}
