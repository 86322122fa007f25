using ThanoSql.Catalog.Audits;

namespace ThanoSql.Worker.Upkeep;

/// <summary>Forgets changes of models, tokens and labels after <c>Retention:Audit</c>.</summary>
internal sealed partial class AuditUpkeep(
    AuditLedger audit, TimeProvider time, IOptions<RetentionOptions> options, ILogger<AuditUpkeep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var schedule = new CronLoop(options.Value.Schedule, time);
        while (true)
        {
            await schedule.NextAsync(stoppingToken);
            try
            {
                LogRemoved(await audit.RemoveAsync(options.Value.Audit, stoppingToken));
            }
            catch (NpgsqlException error)
            {
                LogPutOff(error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} entries of the audit were removed for their age")]
    private partial void LogRemoved(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old entries of the audit are removed the next time: {Reason}")]
    private partial void LogPutOff(string reason);
}
