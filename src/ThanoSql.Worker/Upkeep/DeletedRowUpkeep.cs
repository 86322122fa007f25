namespace ThanoSql.Worker.Upkeep;

/// <summary>Forgets rows that pipelines deleted after <c>Indexing:DeletedRows:Days</c>.</summary>
internal sealed partial class DeletedRowUpkeep(
    DeletedRows rows, TimeProvider time, IOptions<RetentionOptions> retention, IOptions<DeletedRowOptions> options,
    ILogger<DeletedRowUpkeep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var schedule = new CronLoop(retention.Value.Schedule, time);
        while (true)
        {
            await schedule.NextAsync(stoppingToken);
            try
            {
                LogRemoved(await rows.RemoveAsync(TimeSpan.FromDays(options.Value.Days), stoppingToken));
            }
            catch (NpgsqlException error)
            {
                LogPutOff(error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} deleted rows can be brought back no longer")]
    private partial void LogRemoved(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deleted rows are forgotten the next time: {Reason}")]
    private partial void LogPutOff(string reason);
}
