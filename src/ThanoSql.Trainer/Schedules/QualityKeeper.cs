using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Quality;

namespace ThanoSql.Trainer.Schedules;

/// <summary>Measures now and then whether the versions that pipelines answer with are still right. Of several trainers one does it.</summary>
internal sealed partial class QualityKeeper(
    QualityLedger ledger, DatabaseOutage outage, IOptions<TrainingOptions> options, TimeProvider time, ILogger<QualityKeeper> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ScheduleInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await MeasureAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogSetback(DatabaseTrouble.Describe(error));
            }
        }
    }

    /// <summary>Measures what is due.</summary>
    internal async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var model in await ledger.DueAsync(now - options.Value.QualityInterval, cancellationToken))
        {
            if (await ledger.MeasureAsync(model, now, cancellationToken) is { Scores.IsMarked: true } or { Keywords.IsMarked: true })
                LogDrift(model);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "This week's pictures of model {Model} are not like those it was judged on: SELECT * FROM thanosql.quality")]
    private partial void LogDrift(string model);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Models in service are measured later: {Reason}")]
    private partial void LogSetback(string reason);
}
