using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;

namespace ThanoSql.Indexing.Sweeping;

/// <summary>
/// Compares the store's listings with the catalog, one request a 1,000 keys and no object read: whatever is new, changed or gone becomes due. An interrupted
/// sweep goes on where it was.
/// </summary>
public sealed partial class Sweeper
{
    private readonly IObjectStore store;
    private readonly SweepLedger ledger;
    private readonly IndexingTelemetry telemetry;
    private readonly TimeProvider time;
    private readonly TimeSpan pause;
    private readonly ILogger<Sweeper> logger;

    public Sweeper(
        IObjectStore store, SweepLedger ledger, IndexingTelemetry telemetry, TimeProvider time, IOptions<IndexingOptions> options, ILogger<Sweeper> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.store, this.ledger, this.telemetry, this.time, this.logger) = (store, ledger, telemetry, time, logger);
        pause = TimeSpan.FromSeconds(1 / options.Value.SweepPagesPerSecond);
    }

    /// <summary>Sweeps every bucket of a pipeline or a known image. A bucket that another process is sweeping is left to it.</summary>
    /// <returns>What was found in each bucket.</returns>
    public async Task<IReadOnlyList<SweepProgress>> SweepAsync(CancellationToken cancellation)
    {
        var found = new List<SweepProgress>();
        foreach (var bucket in await ledger.BucketsAsync(cancellation))
        {
            if (await SweepAsync(bucket, cancellation) is { } progress) found.Add(progress);
        }
        return found;
    }

    /// <returns>What was found; null when another process sweeps this bucket, or it does not exist or answer.</returns>
    public async Task<SweepProgress?> SweepAsync(string bucket, CancellationToken cancellation)
    {
        await using var run = await ledger.BeginAsync(bucket, cancellation);
        if (run is null) return null;
        var before = run.Progress;
        try
        {
            await foreach (var page in store.ListAsync(bucket, "", before.AfterKey, cancellation))
            {
                await run.CompareAsync([.. page.Objects.Select(o => new ListedObject(o.Key, o.ETag, o.Size))], page.Last ?? run.Progress.AfterKey, cancellation);
                if (page.Unusable.Count > 0) LogUnusable(bucket, page.Unusable.Count, page.Unusable[0]);
                await Task.Delay(pause, time, cancellation);
            }
        }
        catch (StoreException error)
        {
            LogInterrupted(bucket, error.Message);
            return null;
        }
        await run.CompareAsync([], null, cancellation);
        var found = run.Progress;
        telemetry.Swept(found.Listed - before.Listed, found.Changed - before.Changed, found.Gone - before.Gone);
        LogSwept(bucket, found.Listed, found.Changed, found.Gone);
        return found;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep of bucket {Bucket}: {Listed} objects, {Changed} new or changed, {Gone} gone")]
    private partial void LogSwept(string bucket, long listed, long changed, long gone);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep of bucket {Bucket} goes on later: {Reason}")]
    private partial void LogInterrupted(string bucket, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Bucket {Bucket} holds {Count} keys that are no paths, for example '{Example}'")]
    private partial void LogUnusable(string bucket, int count, string example);
}
