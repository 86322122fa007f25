using Microsoft.Extensions.Logging;
using Quartz;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Planning;

namespace ThanoSql.Trainer.Schedules;

/// <summary>A pipeline's cron fired: queue a run, unless its model rests or is being built already.</summary>
[DisallowConcurrentExecution]
internal sealed partial class PipelineTrainingJob(
    TrainingRequests requests, PipelineCatalog pipelines, ModelCatalog models, ILogger<PipelineTrainingJob> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var pipeline = context.JobDetail.Key.Name;
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
