namespace ThanoSql.Worker.Upkeep;

/// <summary>Removes embeddings and keywords of pictures that are gone, after <c>Retention:Orphans</c>.</summary>
internal sealed partial class OrphanUpkeep(
    OrphanContents orphans, TimeProvider time, IOptions<RetentionOptions> options, ILogger<OrphanUpkeep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var schedule = new CronLoop(options.Value.Schedule, time);
        while (true)
        {
            await schedule.NextAsync(stoppingToken);
            try
            {
                LogRemoved(await orphans.RemoveAsync(options.Value.Orphans, stoppingToken));
            }
            catch (NpgsqlException error)
            {
                LogPutOff(error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} contents without an image were removed")]
    private partial void LogRemoved(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Contents without an image are removed the next time: {Reason}")]
    private partial void LogPutOff(string reason);
}
