using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>The indexes of the trunks that are searched, loaded at their first search, as many as may be in memory.</summary>
/// <param name="database">The owner's.</param>
/// <param name="mostBytes">Of all together.</param>
/// <param name="time">The process' clock.</param>
/// <param name="logger">Told of what takes long.</param>
internal sealed partial class TrunkIndexes(
    NpgsqlDataSource database, long mostBytes, TimeProvider time, ILogger<SimilarContents> logger) : IDisposable
{
    private static readonly TimeSpan Refusal = TimeSpan.FromMinutes(1); // then it is seen whether a trunk has become smaller

    private readonly TrunkLoader _loader = new(database, time, logger);
    private readonly IndexFollower _follower = new(database, new EmbeddingChanges(database), time, logger);
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Opened> _open = [];
    private readonly HashSet<int> _saidTooLarge = [];
    private readonly SemaphoreSlim _loading = new(1, 1); // one after the other, so that each knows what room is left
    private readonly CancellationTokenSource _stop = new();
    private Task _following = Task.CompletedTask;

    /// <summary>Whether the index of a trunk is in memory.</summary>
    public bool Has(int trunkId)
    {
        lock (_gate)
            return _open.TryGetValue(trunkId, out var opened) && opened.Index is not null;
    }

    /// <summary>
    /// The index of a trunk. Whoever asks while it is loaded, or while it follows the catalog, waits for the same work, which goes on without him.
    /// </summary>
    /// <param name="trunkId">The trunk.</param>
    /// <param name="notBefore">It stands for this moment of the process' clock or a later one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when it would take more memory than all may together.</returns>
    public async Task<TrunkIndex?> OfAsync(int trunkId, long notBefore, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await LoadedAsync(trunkId).WaitAsync(cancellationToken) is not { } index)
                return null;
            index.UsedAt = time.GetTimestamp();
            if (index.SeenAt >= notBefore)
                return index;
            await FollowedAsync().WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _loading.Dispose();
    }

    private Task<TrunkIndex?> LoadedAsync(int trunkId)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(trunkId, out var opened) && !opened.Load.IsFaulted && !opened.Load.IsCanceled
                && !(opened.IsRefused && time.GetElapsedTime(opened.At) > Refusal))
            {
                return opened.Load;
            }
            var load = Task.Run(() => LoadAsync(trunkId, _stop.Token));
            _open[trunkId] = new Opened(load, time.GetTimestamp());
            return load;
        }
    }

    private async Task<TrunkIndex?> LoadAsync(int trunkId, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            return await _loader.LoadAsync(trunkId, bytes => MakeRoom(trunkId, bytes), cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private Task FollowedAsync()
    {
        lock (_gate)
            return _following.IsCompleted ? _following = Task.Run(() => FollowAsync(_stop.Token)) : _following;
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var lost = await _follower.FollowAsync(InMemory(), cancellationToken);
        foreach (var index in lost)
            Close(index);
        // What was added may be too much: then the trunk that was searched last is loaded anew, or refused
        MakeRoom(trunkId: 0, bytes: 0);
    }

    private List<TrunkIndex> InMemory()
    {
        lock (_gate)
            return [.. _open.Values.Select(o => o.Index).OfType<TrunkIndex>()];
    }

    private bool MakeRoom(int trunkId, long bytes)
    {
        if (bytes > mostBytes)
        {
            if (_saidTooLarge.Add(trunkId))
                LogTooLarge(trunkId, bytes / 1e6, mostBytes / 1e6);
            return false;
        }
        var indexes = new Stack<TrunkIndex>(InMemory().OrderByDescending(i => i.UsedAt));
        for (var left = mostBytes - bytes - indexes.Sum(i => i.Bytes); left < 0; left += indexes.Pop().Bytes)
            Close(indexes.Peek());
        return true;
    }

    private void Close(TrunkIndex index)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(index.TrunkId, out var opened) && opened.Index == index)
                _open.Remove(index.TrunkId);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The embeddings of trunk {TrunkId} take {Megabytes:F0} MB in memory, and Search:SimilarityMegabytes lets all trunks take "
            + "{Most:F0}. Each search for similar pictures reads them from the database instead, which is slow. Raise the setting.")]
    private partial void LogTooLarge(int trunkId, double megabytes, double most);

    /// <param name="At">When it began.</param>
    private sealed record Opened(Task<TrunkIndex?> Load, long At)
    {
        public TrunkIndex? Index => Load.IsCompletedSuccessfully ? Load.Result : null;

        public bool IsRefused => Load.IsCompletedSuccessfully && Load.Result is null;
    }
}
