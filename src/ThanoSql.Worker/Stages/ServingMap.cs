using System.Collections.Concurrent;

namespace ThanoSql.Worker.Stages;

/// <summary>What fills which table, from a copy of the catalog that is read again when it may be old.</summary>
internal sealed class ServingMap(NpgsqlDataSource database, TableSessions sessions, Workspace workspace, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly ConcurrentDictionary<int, (long At, TimeSpan Pause)> _unanswering = new();
    private Serving _serving = new([], new Dictionary<int, (long?, long?)>());
    private long _loaded = -1;

    public void Forget() => Volatile.Write(ref _loaded, -1);

    public async Task<Serving> CurrentAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        return _serving;
    }

    /// <summary>The trunks of every version that fills a table with this image, in service or about to be.</summary>
    public async Task<WantedTrunks> TrunksAsync(ClaimedImage image, CancellationToken cancellationToken)
    {
        var serving = await CurrentAsync(cancellationToken);
        var trunks = new SortedSet<int>();
        foreach (var table in serving.Tables)
        {
            var wanted = table.Versions.Select(v => v.TrunkId).Where(t => !trunks.Contains(t)).ToList();
            if (wanted.Count > 0
                && (table.Covers(image.Bucket, image.Key) || await NamedAsync(table, [image], cancellationToken) is { Count: > 0 }))
            {
                trunks.UnionWith(wanted);
            }
        }
        if (trunks.Count == 0 || image.ContentId is not { } content)
            return new WantedTrunks(trunks, trunks);
        return new WantedTrunks(trunks, [.. trunks.Except(await ContentLedger.TrunksOfAsync(database, content, cancellationToken))]);
    }

    /// <summary>
    /// Which of the images a table's rows name, whatever their prefix. Null when the table does not answer: it is left alone for a while, so that the
    /// images of others lose a small part of their time to it.
    /// </summary>
    public async Task<HashSet<long>?> NamedAsync(PipelineTable table, IReadOnlyCollection<ClaimedImage> images, CancellationToken cancellationToken)
    {
        if (_unanswering.TryGetValue(table.Id, out var last) && time.GetElapsedTime(last.At) < last.Pause)
            return null;
        var since = time.GetTimestamp();
        await using var session = await sessions.OpenAsync(cancellationToken);
        var named = await ServingTables.NamedAsync(session, table, [.. images.Select(i => (i.ImageId, i.Bucket, i.Key))], cancellationToken);
        if (named is null)
            _unanswering[table.Id] = (time.GetTimestamp(), time.GetElapsedTime(since) * 20);
        else
            _unanswering.TryRemove(table.Id, out _);
        return named;
    }

    public void Dispose() => _loading.Dispose();

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
            var pass = await sessions.PassAsync(cancellationToken);
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            // The stamp first: tables that are newer than it do not pass for it
            var stamp = (await ServingTables.HoldAsync(connection, pass, [], cancellationToken)).Where(p => p.Active)
                .ToDictionary(p => p.PipelineId, p => (p.CurrentVersion, p.NextVersion));
            _serving = new Serving(await ServingTables.LoadAsync(connection, workspace.Bucket, hold: false, cancellationToken), stamp);
            Volatile.Write(ref _loaded, now);
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh() => Volatile.Read(ref _loaded) is >= 0 and var at && time.GetElapsedTime(at) < Fresh;
}

/// <summary>The tables that are filled, and by which versions.</summary>
/// <param name="Stamp">The active pipelines with the versions of their models, not younger than the tables.</param>
internal sealed record Serving(IReadOnlyList<PipelineTable> Tables, IReadOnlyDictionary<int, (long? Current, long? Next)> Stamp)
{
    /// <summary>Whether these tables are still filled as they were, and no other pipeline became active.</summary>
    public bool IsStillSo(IReadOnlyCollection<int> pipelines, IReadOnlyList<HeldPipeline> now)
    {
        var (ours, others) = (now.Where(p => pipelines.Contains(p.PipelineId)).ToList(), now.Where(p => !pipelines.Contains(p.PipelineId)));
        return ours.Count == pipelines.Count
            && ours.All(p => p.Active && Stamp.TryGetValue(p.PipelineId, out var versions) && versions == (p.CurrentVersion, p.NextVersion))
            && others.All(p => p.Busy || !p.Active || Stamp.ContainsKey(p.PipelineId));
    }
}

/// <summary>Trunks that an image must be seen by.</summary>
/// <param name="Missing">Those without an embedding of the content that was read last.</param>
internal sealed record WantedTrunks(IReadOnlyCollection<int> All, IReadOnlyCollection<int> Missing);
