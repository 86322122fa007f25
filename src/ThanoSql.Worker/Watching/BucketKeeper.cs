using ThanoSql.Embedding.Buckets;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Worker.Watching;

/// <summary>
/// Looks whether the buckets of known images are there, writes it down for operators, and lets work go on when one is back: its waiting images are
/// due at once, and a sweep finds what happened meanwhile.
/// </summary>
internal sealed partial class BucketKeeper(
    BucketGuard guard, BucketLedger ledger, SweepLedger buckets, SweepSchedule sweeps, DatabaseOutage outage, TimeProvider time,
    IOptions<IndexingOptions> options, ILogger<BucketKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Refresh, time);
        do
        {
            try
            {
                foreach (var bucket in await buckets.BucketsAsync(stoppingToken))
                    await LookAsync(bucket, stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(string bucket, CancellationToken cancellationToken)
    {
        var reason = await guard.CheckAsync(bucket, cancellationToken);
        if (!await ledger.NoteAsync(bucket, reason, cancellationToken))
            return;
        if (reason is not null)
        {
            LogAbsent(reason);
            return;
        }
        LogBack(bucket);
        await ledger.WakeAsync(bucket, cancellationToken);
        sweeps.AskAnew();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}")]
    private partial void LogAbsent(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store of bucket {Bucket} is back; its images go on.")]
    private partial void LogBack(string bucket);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The stores are looked at later: {Reason}")]
    private partial void LogPutOff(string reason);
}
