using ThanoSql.Storage;

namespace ThanoSql.Worker.Sweeping;

/// <summary>
/// Compares the store's listings with the catalog, one request a 1,000 keys and no object read: whatever is new, changed or gone becomes due. An
/// interrupted sweep goes on where it was.
/// </summary>
public sealed partial class Sweeper
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly IObjectStore _store;
    private readonly SweepLedger _ledger;
    private readonly IndexingTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly TimeSpan _pause;
    private readonly GoneLimit _limit;
    private readonly ILogger<Sweeper> _logger;

    public Sweeper(
        IObjectStore store, SweepLedger ledger, IndexingTelemetry telemetry, TimeProvider time, IOptions<IndexingOptions> options,
        IOptions<SweepOptions> sweep, ILogger<Sweeper> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sweep);
        (_store, _ledger, _telemetry, _time, _logger) = (store, ledger, telemetry, time, logger);
        _pause = TimeSpan.FromSeconds(1 / options.Value.SweepPagesPerSecond);
        _limit = new GoneLimit(sweep.Value.MaxGonePercent);
    }

    /// <summary>Sweeps every bucket of a pipeline or a known image. A bucket that another process is sweeping is left to it.</summary>
    /// <param name="acceptLoss">However many objects are missing, they were deleted on purpose.</param>
    /// <param name="cancellationToken">The next sweep goes on from here.</param>
    /// <returns>What was found in each bucket.</returns>
    public async Task<IReadOnlyList<SweepProgress>> SweepAsync(bool acceptLoss, CancellationToken cancellationToken)
    {
        var found = new List<SweepProgress>();
        foreach (var bucket in await _ledger.BucketsAsync(cancellationToken))
        {
            if (await SweepAsync(bucket, acceptLoss, cancellationToken) is { } progress)
                found.Add(progress);
        }
        return found;
    }

    /// <summary>
    /// Sweeps every bucket from its beginning, after events were lost: a sweep that is under way may be past their keys, and does not count.
    /// </summary>
    public async Task SweepAnewAsync(CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        foreach (var bucket in await _ledger.BucketsAsync(cancellationToken))
        {
            while (true)
            {
                await using (var run = await _ledger.BeginAnewAsync(bucket, _time.GetElapsedTime(asked), cancellationToken))
                {
                    if (run is not null)
                        await SweepAsync(run, _limit, cancellationToken);
                    if (run is not null || await _ledger.IsSweptSinceAsync(bucket, _time.GetElapsedTime(asked), cancellationToken))
                        break;
                }
                await Task.Delay(Again, _time, cancellationToken); // another process sweeps it
            }
        }
    }

    /// <param name="bucket">The bucket.</param>
    /// <param name="acceptLoss">However many objects are missing, they were deleted on purpose.</param>
    /// <param name="cancellationToken">The next sweep goes on from here.</param>
    /// <returns>What was found; null when another process sweeps this bucket, or it does not exist or answer.</returns>
    public async Task<SweepProgress?> SweepAsync(string bucket, bool acceptLoss, CancellationToken cancellationToken)
    {
        await using var run = await _ledger.BeginAsync(bucket, cancellationToken);
        return run is null ? null : await SweepAsync(run, acceptLoss ? GoneLimit.None : _limit, cancellationToken);
    }

    private async Task<SweepProgress?> SweepAsync(SweepRun run, GoneLimit limit, CancellationToken cancellationToken)
    {
        var bucket = run.Progress.Bucket;
        var before = run.Progress;
        try
        {
            await ListAsync(bucket, run, cancellationToken);
        }
        catch (StoreException error)
        {
            LogInterrupted(bucket, error.Message);
            return null;
        }
        await run.FinishAsync(limit, cancellationToken);
        var found = run.Progress;
        _telemetry.Swept(found.Listed - before.Listed, found.Changed - before.Changed, found.IsHeldBack ? 0 : found.Gone);
        if (found.IsHeldBack)
            LogHeldBack(bucket, found.Gone, found.Known);
        else
            LogSwept(bucket, found.Listed, found.Changed, found.Gone);
        return found;
    }

    private async Task ListAsync(string bucket, SweepRun run, CancellationToken cancellationToken)
    {
        var notFollowed = new Examples();
        var unreadable = new List<string>();
        var since = _time.GetTimestamp();
        await foreach (var page in _store.ListAsync(bucket, "", run.Progress.AfterKey, cancellationToken))
        {
            unreadable.AddRange(page.Unreadable);
            var respelled = page.Respelled.ToHashSet(StringComparer.Ordinal);
            await run.CompareAsync(
                [.. page.Objects.Select(o => new ListedObject(o.Key, o.ETag, o.Size) { IsRespelled = respelled.Contains(o.Key) })], unreadable,
                page.Last ?? run.Progress.AfterKey, cancellationToken);
            if (page.Unusable.Count > 0)
                LogUnusable(bucket, page.Unusable.Count, page.Unusable[0]);
            notFollowed.AddRange(page.NotFollowed);
            if (_pause - _time.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
                await Task.Delay(left, _time, cancellationToken);
            since = _time.GetTimestamp();
        }
        await run.CompareAsync([], unreadable, null, cancellationToken);
        if (notFollowed.Count > 0)
            LogNotFollowed(bucket, notFollowed.Count, notFollowed.First);
        if (unreadable.Count > 0)
            LogUnreadable(bucket, unreadable.Count, unreadable[0]);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep of bucket {Bucket}: {Listed} objects, {Changed} new or changed, {Gone} gone")]
    private partial void LogSwept(string bucket, long listed, long changed, long gone);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Sweep of bucket {Bucket}: {Gone} of {Known} images have no object any more. That is more than Indexing:Sweep:MaxGonePercent, so "
            + "nothing was done about them. Is the store whole? If they were deleted on purpose: thanosql sweep --accept-loss")]
    private partial void LogHeldBack(string bucket, long gone, long known);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Count} folders or files of bucket {Bucket} could not be read, for example '{Example}'. Their images stay as they are.")]
    private partial void LogUnreadable(string bucket, int count, string example);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep of bucket {Bucket} goes on later: {Reason}")]
    private partial void LogInterrupted(string bucket, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Bucket {Bucket} holds {Count} keys that are no paths, for example '{Example}'")]
    private partial void LogUnusable(string bucket, int count, string example);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Bucket {Bucket} holds {Count} symbolic links, pipes or devices, which are no objects, for example '{Example}'")]
    private partial void LogNotFollowed(string bucket, long count, string? example);

    /// <summary>However many there are, one is named.</summary>
    private sealed class Examples
    {
        public long Count { get; private set; }

        public string? First { get; private set; }

        public void AddRange(IReadOnlyList<string> keys)
        {
            First ??= keys.Count > 0 ? keys[0] : null;
            Count += keys.Count;
        }
    }
}
