using ThanoSql.Catalog.Tables;

namespace ThanoSql.Worker.Stages;

/// <summary>Which trunks an image must be seen by, from a copy of the catalog that is read again when it may be old.</summary>
internal sealed class ServingMap(NpgsqlDataSource database, Workspace workspace, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private IReadOnlyList<PipelineTable> _tables = [];
    private long _loaded = -1;

    public void Forget() => Volatile.Write(ref _loaded, -1);

    /// <summary>The trunks of every version that fills a table with this image, in service or about to be.</summary>
    public async Task<WantedTrunks> TrunksAsync(ClaimedImage image, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var trunks = new SortedSet<int>();
        foreach (var table in _tables)
        {
            var wanted = table.Versions.Select(v => v.TrunkId).Where(t => !trunks.Contains(t)).ToList();
            if (wanted.Count > 0 && (table.Covers(image.Bucket, image.Key) || await NamesAsync(table, image.ImageId, cancellationToken)))
                trunks.UnionWith(wanted);
        }
        if (trunks.Count == 0 || image.ContentId is not { } content)
            return new WantedTrunks(trunks, trunks);
        return new WantedTrunks(trunks, [.. trunks.Except(await ContentLedger.TrunksOfAsync(database, content, cancellationToken))]);
    }

    public void Dispose() => _loading.Dispose();

    private async Task<bool> NamesAsync(PipelineTable table, long imageId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await ServingTables.NamedAsync(connection, table, [imageId], cancellationToken)).Count > 0;
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (IsFresh())
            return;
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (IsFresh())
                return;
            var now = time.GetTimestamp();
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            _tables = await ServingTables.LoadAsync(connection, workspace.Bucket, hold: false, cancellationToken);
            Volatile.Write(ref _loaded, now);
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh() => Volatile.Read(ref _loaded) is >= 0 and var at && time.GetElapsedTime(at) < Fresh;
}

/// <summary>Trunks that an image must be seen by.</summary>
/// <param name="Missing">Those without an embedding of the content that was read last.</param>
internal sealed record WantedTrunks(IReadOnlyCollection<int> All, IReadOnlyCollection<int> Missing);
