using Microsoft.Extensions.Logging;
using Quartz;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Training.Schedules;

/// <summary>A pipeline's cron fired: queue a run, unless its model rests or is being built already.</summary>
[DisallowConcurrentExecution]
internal sealed partial class PipelineTrainingJob(TrainingRequests requests, ModelCatalog models, ILogger<PipelineTrainingJob> logger) : IJob
{
    public const string Model = "model";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var pipeline = context.JobDetail.Key.Name;
        var model = await models.FindAsync(context.JobDetail.JobDataMap.GetString(Model)!, cancellationToken);
        if (model?.SchedulePaused is { } reason)
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
        catch (TrainingException e)
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
