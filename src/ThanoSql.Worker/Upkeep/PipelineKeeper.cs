using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Worker.Upkeep;

/// <summary>
/// Registers the pipeline files at start (a wrong file keeps the process from starting), then lets pipelines follow their tables and models.
/// </summary>
internal sealed partial class PipelineKeeper(
    PipelineCatalog pipelines, UnaskedImages unasked, TableWaits waits, Workspace workspace, ServingMap serving, DatabaseOutage outage,
    TimeProvider time, IOptions<IndexingOptions> options, ILogger<PipelineKeeper> logger) : BackgroundService
{
    private const int Rounds = 4; // at once: in a later one tables are looked at that changed while another was being filled
    private static readonly TimeSpan FirstRound = TimeSpan.FromSeconds(5);

    private readonly List<Task> _rounds = [];
    private readonly CancellationTokenSource _stopping = new();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await pipelines.DefineAsync(
            await PipelineFile.ReadFolderAsync(options.Value.Pipelines, workspace.Bucket, time, cancellationToken), cancellationToken);
        _rounds.Add(TryAsync(FollowAsync, _stopping.Token));
        // The first events find their tables ready, unless one takes long
        if (await Task.WhenAny(_rounds[0], Task.Delay(FirstRound, time, cancellationToken)) == _rounds[0])
            await _rounds[0];
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_rounds).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Refresh, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var ended in _rounds.Where(r => r.IsCompleted).ToList())
            {
                _rounds.Remove(ended);
                await ended;
            }
            if (_rounds.Count < Rounds)
                _rounds.Add(TryAsync(FollowAsync, _stopping.Token));
            await TryAsync(token => waits.LookAsync(3 * options.Value.Refresh + TimeSpan.FromSeconds(10), token), stoppingToken);
            await TryAsync(unasked.ResolveAsync, stoppingToken);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await pipelines.RefreshAsync(cancellationToken);
        serving.Forget();
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (NpgsqlException error)
        {
            if (!outage.Noticed(error))
                LogPutOff(error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pipelines are looked at later: {Reason}")]
    private partial void LogPutOff(string reason);
}
