namespace ThanoSql.Worker.Stages;

/// <summary>
/// Finds due images that no message announces: lost wake-ups, waits that are over, images of processes that died, and those that a clock which ran
/// ahead has put off for long.
/// </summary>
internal sealed partial class DuePoller(
    IndexingEngine engine, ImageLeases leases, DatabaseOutage outage, TimeProvider time, IOptions<IndexingOptions> options,
    ILogger<DuePoller> logger) : BackgroundService
{
    private const int SuspectPause = 20; // times what the last look took

    private static readonly TimeSpan Refill = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ClockCheck = TimeSpan.FromMinutes(1);

    private long? _clockChecked;
    private long _suspectsFrom;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Poll, time);
        do
        {
            try
            {
                await CheckClockAsync(stoppingToken);
                await TakeDueAsync(stoppingToken);
                await TakeSuspectsAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogUnavailable(error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // As images of a backlog are done, more are taken: those in flight would not last until the next poll
    private async Task TakeDueAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (await engine.TakeDueAsync(cancellationToken) && time.GetElapsedTime(since) < options.Value.Poll)
            await Task.Delay(Refill, time, cancellationToken);
    }

    // Looks through all that is due: of a long backlog it may take a second, and must not take a good part of each
    private async Task TakeSuspectsAsync(CancellationToken cancellationToken)
    {
        if (time.GetTimestamp() < _suspectsFrom)
            return;
        long since;
        do
            since = time.GetTimestamp();
        while (await engine.TakeSuspectAsync(cancellationToken));
        var now = time.GetTimestamp();
        _suspectsFrom = now + SuspectPause * (now - since);
    }

    private async Task CheckClockAsync(CancellationToken cancellationToken)
    {
        if (_clockChecked is { } last && time.GetElapsedTime(last) < ClockCheck)
            return;
        var freed = await leases.VoidAheadAsync(options.Value.LongestRetry, cancellationToken);
        _clockChecked = time.GetTimestamp();
        if (freed > 0)
            LogAhead(freed);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Images} images were leased, or put off, for longer than Indexing:Lease and Indexing:LongestRetry allow, and are due now: the database "
        + "server's clock was ahead for a while, or workers have different settings")]
    private partial void LogAhead(int images);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Due images could not be looked for: {Reason}")]
    private partial void LogUnavailable(string reason);
}
