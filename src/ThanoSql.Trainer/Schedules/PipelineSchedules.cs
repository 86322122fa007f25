using Quartz;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Trainer.Schedules;

/// <summary>One Quartz job and cron trigger for each pipeline with a schedule. They live in PostgreSQL, so two trainers fire once.</summary>
internal static class PipelineSchedules
{
    public const string Group = "pipelines";

    /// <summary>Adds, changes and removes triggers. A trigger that is right is left alone: it remembers when it fired last.</summary>
    public static async Task ApplyAsync(
        IScheduler scheduler, IReadOnlyList<PipelineDefinition> pipelines, TimeZoneInfo zone, TimeProvider time, CancellationToken cancellationToken)
    {
        var wanted = pipelines.Where(p => p.Schedule is not null).ToDictionary(p => p.Name);
        foreach (var key in await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(Group), cancellationToken))
        {
            if (!wanted.ContainsKey(key.Name))
                await scheduler.DeleteJob(key, cancellationToken);
        }
        foreach (var pipeline in wanted.Values)
        {
            var known = await scheduler.GetTrigger(new TriggerKey(pipeline.Name, Group), cancellationToken) as ICronTrigger;
            if (known?.CronExpressionString == pipeline.Schedule && known!.TimeZone.Id == zone.Id)
                continue;
            var trigger = Trigger(pipeline, zone, time);
            if (trigger.GetFireTimeAfter(time.GetUtcNow()) is null)
                continue; // its last time is over, and Quartz keeps no trigger without a next one
            var job = JobBuilder.Create<PipelineTrainingJob>().WithIdentity(pipeline.Name, Group).Build();
            await scheduler.ScheduleJob(job, [trigger], new ScheduleJobOptions { Replace = true }, cancellationToken);
        }
    }

    /// <summary>A trainer that was down fires once when it is back, however many times it missed.</summary>
    internal static ITrigger Trigger(PipelineDefinition pipeline, TimeZoneInfo zone, TimeProvider time) =>
        TriggerBuilder.Create(time).WithIdentity(pipeline.Name, Group)
            .WithCronSchedule(pipeline.Schedule!, cron => cron.WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed).InTimeZone(zone))
            .Build();
}
