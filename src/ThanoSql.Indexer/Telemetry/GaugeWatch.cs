using System.Diagnostics.Metrics;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Looks at something now and then, and keeps the last answer for gauges; they are silent while there is none.</summary>
internal abstract partial class GaugeWatch(TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>One look.</summary>
    protected abstract Task LookAsync(CancellationToken cancellationToken);

    /// <summary>The answer is old: gauges fall silent rather than lie.</summary>
    protected abstract void Forget();

    protected static Measurement<long> Measured(long value, string label, string name) => new(value, new KeyValuePair<string, object?>(label, name));

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                Forget();
                LogUnknown(logger, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Gauges have no answer: {Reason}")]
    private static partial void LogUnknown(ILogger logger, string reason);
}
