namespace ThanoSql.Worker.Stages;

/// <summary>Finds due images that no message announces: lost wake-ups, waits that are over, images of processes that died.</summary>
internal sealed partial class DuePoller(
    IndexingEngine engine, DatabaseOutage outage, TimeProvider time, IOptions<IndexingOptions> options, ILogger<DuePoller> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Poll, time);
        do
        {
            try
            {
                while (await engine.TakeDueAsync(stoppingToken))
                {
                }
                while (await engine.TakeSuspectAsync(stoppingToken))
                {
                }
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogUnavailable(error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Due images could not be looked for: {Reason}")]
    private partial void LogUnavailable(string reason);
}
