using Polly;
using ThanoSql.Worker.Upkeep;

namespace ThanoSql.Worker.Sweeping;

/// <summary>Sweeps at start, on schedule, and when somebody lost events. A sweep that meets a database which is out begins when it is back.</summary>
internal sealed partial class SweepSchedule(
    Sweeper sweeper, DatabaseOutage outage, TimeProvider time, IOptions<IndexingOptions> options, ILogger<SweepSchedule> logger) : BackgroundService
{
    private readonly ResiliencePipeline _patience = DatabasePatience.Create(time, outage);
    private readonly SemaphoreSlim _asked = new(0, 1);
    private volatile bool _anew;

    /// <summary>Asks for a sweep soon, or for the rest of one that was interrupted; several requests make one.</summary>
    public void Ask()
    {
        lock (_asked)
        {
            if (_asked.CurrentCount == 0)
                _asked.Release();
        }
    }

    /// <summary>As <see cref="Ask"/>, when events were lost: whatever the last sweep has seen, everything is looked at after this.</summary>
    public void AskAnew()
    {
        _anew = true;
        Ask();
    }

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.SweepOnStart)
            Ask();
        var ticking = TickAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            await _asked.WaitAsync(stoppingToken);
            try
            {
                await _patience.ExecuteAsync(async token => await SweepAsync(token), stoppingToken);
            }
            catch (NpgsqlException error)
            {
                LogPutOff(error.Message);
            }
        }
        await ticking;
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (!_anew)
        {
            await sweeper.SweepAsync(acceptLoss: false, cancellationToken);
            return;
        }
        _anew = false;
        try
        {
            await sweeper.SweepAnewAsync(cancellationToken);
        }
        catch
        {
            _anew = true;
            throw;
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        var schedule = new CronLoop(options.Value.SweepSchedule, time);
        while (true)
        {
            await schedule.NextAsync(cancellationToken);
            Ask();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep is put off: {Reason}")]
    private partial void LogPutOff(string reason);
}
