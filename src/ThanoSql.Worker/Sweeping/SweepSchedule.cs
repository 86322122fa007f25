using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Worker.Upkeep;

namespace ThanoSql.Worker.Sweeping;

/// <summary>Sweeps at start, on schedule, and when somebody lost events.</summary>
internal sealed partial class SweepSchedule(
    Sweeper sweeper, TimeProvider time, IOptions<IndexingOptions> options, ILogger<SweepSchedule> logger) : BackgroundService
{
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Asks for a sweep soon; several requests make one.</summary>
    public void Ask() => _asked.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.SweepOnStart)
            Ask();
        var ticking = TickAsync(stoppingToken);
        await foreach (var _ in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await sweeper.SweepAsync(stoppingToken);
            }
            catch (NpgsqlException error)
            {
                LogPutOff(error.Message);
            }
        }
        await ticking;
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
