using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Quartz;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Trainer.Schedules;

/// <summary>Keeps Quartz's triggers as the pipelines say, and asks for training where enough new rows came in.</summary>
internal sealed partial class ScheduleKeeper(
    PipelineCatalog pipelines, ISchedulerFactory schedulers, NewRows newRows, IOptions<TrainingOptions> options, TimeProvider time,
    ILogger<ScheduleKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ScheduleInterval, time);
        do
        {
            try
            {
                var trained = (await pipelines.ListAsync(stoppingToken))
                    .Where(p => p.HasFile && p.Definition.Model.Train is not null).Select(p => p.Definition).ToList();
                await PipelineSchedules.ApplyAsync(await schedulers.GetScheduler(stoppingToken), trained, options.Value.Zone, time, stoppingToken);
                await newRows.RequestAsync(trained, stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or SchedulerException)
            {
                LogSetback(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The training schedules cannot be brought up to date now")]
    private partial void LogSetback(Exception exception);
}
