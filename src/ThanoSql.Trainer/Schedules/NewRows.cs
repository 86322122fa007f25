using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Trainer.Schedules;

/// <summary>
/// <c>after_new_rows</c>: asks for training when a pipeline's training statement and people give that many more labelled images than the newest
/// version saw.
/// </summary>
internal sealed partial class NewRows(
    LabelledRows rows, ModelCatalog models, VersionCatalog versions, TrainingRequests requests, ILogger<NewRows> logger)
{
    // What was asked for already: a run that found nothing new is not asked for again and again
    private readonly ConcurrentDictionary<string, long> _asked = new();

    public async Task RequestAsync(IEnumerable<PipelineDefinition> pipelines, CancellationToken cancellationToken)
    {
        foreach (var pipeline in pipelines.Where(p => p.AfterNewRows is not null))
        {
            try
            {
                await RequestAsync(pipeline, cancellationToken);
            }
            catch (Exception e) when (e is QueryException or TrainingRunOpenException or ThanoSqlSyntaxException or NpgsqlException)
            {
                LogImpossible(pipeline.Name, e.Message);
            }
        }
    }

    private async Task RequestAsync(PipelineDefinition pipeline, CancellationToken cancellationToken)
    {
        var model = await models.FindAsync(pipeline.Model.Name, cancellationToken);
        if (model?.SchedulePaused is not null)
            return;
        var seen = Math.Max(await TrainingOutlook.SeenAsync(versions, model, cancellationToken), _asked.GetValueOrDefault(pipeline.Name));
        var now = await rows.CountAsync(pipeline.Model, cancellationToken);
        if (now - seen < pipeline.AfterNewRows)
            return;
        await requests.TrainAsync(pipeline.Name, RunTrigger.Rows, cancellationToken);
        _asked[pipeline.Name] = now;
        LogRequested(pipeline.Name, now - seen);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Pipeline {Pipeline} has {Rows} new labelled rows: its model is trained")]
    private partial void LogRequested(string pipeline, long rows);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pipeline {Pipeline} is not trained after new rows: {Reason}")]
    private partial void LogImpossible(string pipeline, string reason);
}

/// <summary>How much there is to learn from.</summary>
internal sealed class LabelledRows(UserDatabase users, QueryPlanner planner, IOptions<SqlOptions> options)
{
    /// <summary>Labelled images that a run would learn from now: <see cref="TrainingSource"/>'s rows with <see cref="HumanLabels"/>.</summary>
    public async Task<long> CountAsync(PipelineModel model, CancellationToken cancellationToken)
    {
        var text = AnswerSql.LabelledImages(model, options.Value.Workspace);
        var pool = await users.PoolAsync(TokenScope.Query, cancellationToken);
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        var planned = await planner.PlanAsync(ThanoSqlParser.Parse(text), connection, fills: true, _ => { }, cancellationToken);
        await using var command = new NpgsqlCommand(planned.Sql.Sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
