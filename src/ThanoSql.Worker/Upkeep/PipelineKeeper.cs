using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Worker.Upkeep;

/// <summary>
/// Registers the pipeline files at start (a wrong file keeps the process from starting), then lets pipelines follow their tables and models.
/// </summary>
internal sealed partial class PipelineKeeper(
    PipelineCatalog pipelines, Workspace workspace, ServingMap serving, DatabaseOutage outage, TimeProvider time,
    IOptions<IndexingOptions> options, ILogger<PipelineKeeper> logger) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await pipelines.RegisterAsync(
            await PipelineFile.ReadFolderAsync(options.Value.Pipelines, workspace.Bucket, time, cancellationToken), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Refresh, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await pipelines.RefreshAsync(stoppingToken);
                serving.Forget();
            }
            catch (NpgsqlException error)
            {
                if (!outage.Noticed(error))
                    LogPutOff(error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pipelines are looked at later: {Reason}")]
    private partial void LogPutOff(string reason);
}
