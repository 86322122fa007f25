using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace ThanoSql.Trainer.Schedules;

/// <summary>Keeps Quartz's triggers as the pipelines say, and asks for training where enough new rows came in.</summary>
internal sealed partial class ScheduleKeeper(
    PipelineCatalog pipelines, ISchedulerFactory schedulers, ScheduledTrainers trainers, NewRows newRows, DatabaseOutage outage,
    IOptions<TrainingOptions> options,
    TimeProvider time, ILogger<ScheduleKeeper> logger) : BackgroundService
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
                var scheduler = await schedulers.GetScheduler(stoppingToken);
                foreach (var late in await PipelineSchedules.ApplyAsync(scheduler, trained, options.Value.Zone, time, stoppingToken))
                    LogAhead(late);
                await trainers.CorrectClockAsync(time.GetUtcNow(), stoppingToken);
                await pipelines.NoteSchedulesAsync(await PipelineSchedules.NextAsync(scheduler, stoppingToken), stoppingToken);
                await newRows.RequestAsync(trained, stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or SchedulerException)
            {
                if (!outage.Noticed(e))
                    LogSetback(DatabaseTrouble.Describe(e));
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The schedule of pipeline {Pipeline} waited for a later time than its next one, and is set anew: the clock was ahead for a while")]
    private partial void LogAhead(string pipeline);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The training schedules are brought up to date later: {Reason}")]
    private partial void LogSetback(string reason);
}

/// <summary>One Quartz job and cron trigger for each pipeline with a schedule. They live in PostgreSQL, so two trainers fire once.</summary>
internal static class PipelineSchedules
{
    public const string Group = "pipelines";

    /// <summary>Adds, changes and removes triggers. A trigger that is right is left alone: it remembers when it fired last.</summary>
    /// <returns>Pipelines whose trigger waited for a later time than the next one: the clock was ahead when it was set.</returns>
    public static async Task<IReadOnlyList<string>> ApplyAsync(
        IScheduler scheduler, IReadOnlyList<PipelineDefinition> pipelines, TimeZoneInfo zone, TimeProvider time, CancellationToken cancellationToken)
    {
        var late = new List<string>();
        var wanted = pipelines.Where(p => p.Schedule is not null).ToDictionary(p => p.Name);
        foreach (var key in await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(Group), cancellationToken))
        {
            if (!wanted.ContainsKey(key.Name))
                await scheduler.DeleteJob(key, cancellationToken);
        }
        foreach (var pipeline in wanted.Values)
        {
            var known = await scheduler.GetTrigger(new TriggerKey(pipeline.Name, Group), cancellationToken) as ICronTrigger;
            var trigger = Trigger(pipeline, zone, time);
            var next = trigger.GetFireTimeAfter(time.GetUtcNow());
            if (known?.CronExpressionString == pipeline.Schedule && known!.TimeZone.Id == zone.Id)
            {
                if (next is null || known.NextFireTimeUtc is not { } waits || waits <= next)
                    continue;
                late.Add(pipeline.Name);
            }
            if (next is null)
                continue; // its last time is over, and Quartz keeps no trigger without a next one
            var job = JobBuilder.Create<PipelineTrainingJob>().WithIdentity(pipeline.Name, Group).Build();
            await scheduler.ScheduleJob(job, [trigger], new ScheduleJobOptions { Replace = true }, cancellationToken);
        }
        return late;
    }

    /// <summary>When each pipeline's trigger fires next.</summary>
    public static async Task<IReadOnlyDictionary<string, DateTimeOffset>> NextAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var next = new Dictionary<string, DateTimeOffset>();
        foreach (var key in await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals(Group), cancellationToken))
        {
            if (await scheduler.GetTrigger(key, cancellationToken) is { } trigger && trigger.NextFireTimeUtc is { } time)
                next[key.Name] = time;
        }
        return next;
    }

    /// <summary>A trainer that was down fires once when it is back, however many times it missed.</summary>
    internal static ITrigger Trigger(PipelineDefinition pipeline, TimeZoneInfo zone, TimeProvider time) =>
        TriggerBuilder.Create(time).WithIdentity(pipeline.Name, Group)
            .WithCronSchedule(pipeline.Schedule!, cron => cron.WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed).InTimeZone(zone))
            .Build();
}

/// <summary>A pipeline's cron fired: queue a run, unless its model rests or is being built already. A database that is out is waited for.</summary>
[DisallowConcurrentExecution]
internal sealed partial class PipelineTrainingJob(
    TrainingRequests requests, PipelineCatalog pipelines, ModelCatalog models, DatabaseOutage outage, TimeProvider time,
    ILogger<PipelineTrainingJob> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) =>
        await DatabasePatience.Create(time, outage).ExecuteAsync(
            async token => await RequestAsync(context, token), cancellationToken);

    private async Task RequestAsync(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var pipeline = context.JobDetail.Key.Name;
        await pipelines.NoteSchedulesAsync(await PipelineSchedules.NextAsync(context.Scheduler, cancellationToken), cancellationToken);
        var definition = (await pipelines.ListAsync(cancellationToken)).Find(p => p.Definition.Name == pipeline)?.Definition;
        if (definition is not null && await models.FindAsync(definition.Model.Name, cancellationToken) is { SchedulePaused: { } reason })
        {
            LogPaused(pipeline, reason);
            return;
        }
        try
        {
            await requests.TrainAsync(pipeline, RunTrigger.Schedule, cancellationToken);
        }
        catch (TrainingRunOpenException e)
        {
            LogSkipped(pipeline, e.Message);
        }
        catch (QueryException e)
        {
            LogImpossible(pipeline, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The schedule of pipeline {Pipeline} rests: {Reason}")]
    private partial void LogPaused(string pipeline, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The schedule of pipeline {Pipeline} fired in vain: {Reason}")]
    private partial void LogSkipped(string pipeline, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pipeline {Pipeline} cannot be trained: {Reason}")]
    private partial void LogImpossible(string pipeline, string reason);
}
