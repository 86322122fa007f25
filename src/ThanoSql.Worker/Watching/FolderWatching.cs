using ThanoSql.Embedding.Buckets;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Worker.Watching;

/// <summary>Turns changes of a folder store into messages, as an S3 server's notifications would be; one watcher a bucket.</summary>
internal sealed partial class FolderWatching(
    BucketWatch watch, SweepLedger buckets, Workspace workspace, DatabaseOutage outage, TimeProvider time,
    IOptions<IndexingOptions> options, ILogger<FolderWatching> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watched = new Dictionary<string, Task>();
        using var timer = new PeriodicTimer(options.Value.Refresh, time);
        do
        {
            foreach (var bucket in await BucketsAsync(stoppingToken))
            {
                if (watched.TryGetValue(bucket, out var running) && !running.IsCompleted)
                    continue;
                watched[bucket] = watch.RunAsync(bucket, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<IEnumerable<string>> BucketsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await buckets.BucketsAsync(cancellationToken)).Append(workspace.Bucket).Distinct()];
        }
        catch (NpgsqlException error)
        {
            if (!outage.Noticed(error))
                LogUnavailable(error.Message);
            return [workspace.Bucket];
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The buckets to watch could not be looked up: {Reason}")]
    private partial void LogUnavailable(string reason);
}

/// <summary>Watches one bucket as long as it is there; what came before is left to a sweep. Where it cannot be watched, sweeps take over.</summary>
internal sealed partial class BucketWatch(
    FolderStore store, BucketGuard guard, IBus bus, SweepSchedule sweeps, TimeProvider time, IOptions<IndexingOptions> options,
    ILogger<BucketWatch> logger)
{
    public async Task RunAsync(string bucket, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await guard.EnsureAsync(bucket, cancellationToken);
            await using var watcher = new FolderWatcher(store, bucket, sweeps.AskAnew, time);
            sweeps.AskAnew(); // what came before the watcher
            var absence = AbsenceAsync(bucket, ending);
            try
            {
                await foreach (var change in watcher.Events.ReadAllAsync(ending.Token))
                    await bus.Publish(change, ending.Token);
            }
            finally
            {
                await ending.CancelAsync();
                await absence;
            }
        }
        catch (StoreAbsentException)
        {
            // BucketKeeper says so
        }
        catch (WatchLimitException limit)
        {
            var every = options.Value.UnwatchedSweep;
            LogUnwatched(bucket, every, limit.Message);
            sweeps.AskAnew();
            await Task.Delay(every, time, cancellationToken); // then it is tried again
        }
        catch (StoreException error)
        {
            LogEnded(bucket, error.Message);
        }
        catch (NpgsqlException error)
        {
            LogEnded(bucket, error.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // the bucket went away under the watcher
        }
    }

    /// <summary>Ends when the bucket is not there: the watcher would go on watching what was mounted or moved away.</summary>
    private async Task AbsenceAsync(string bucket, CancellationTokenSource ending)
    {
        using var timer = new PeriodicTimer(options.Value.Refresh, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token))
            {
                if (await IsAbsentAsync(bucket, ending.Token))
                    await ending.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // the watcher ended
        }
    }

    private async Task<bool> IsAbsentAsync(string bucket, CancellationToken cancellationToken)
    {
        try
        {
            await guard.RequireAsync(bucket, cancellationToken);
            return false;
        }
        catch (StoreAbsentException)
        {
            return true;
        }
        catch (NpgsqlException)
        {
            return false; // nobody knows
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The folders of bucket {Bucket} cannot be watched, so it is swept every {Every} (Indexing:UnwatchedSweep) instead: {Reason}")]
    private partial void LogUnwatched(string bucket, TimeSpan every, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watcher of bucket {Bucket} ended and is started again: {Reason}")]
    private partial void LogEnded(string bucket, string reason);
}
