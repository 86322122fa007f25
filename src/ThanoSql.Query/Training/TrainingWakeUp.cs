using MassTransit;
using Microsoft.Extensions.Logging;
using ThanoSql.Messages;

namespace ThanoSql.Query.Training;

/// <summary>
/// Tells trainers that a run waits. The row is the request; a message that cannot be sent only means that they find it a little later.
/// </summary>
public sealed partial class TrainingWakeUp(IBus bus, ILogger<TrainingWakeUp> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task SendAsync(long run, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await bus.Publish(new TrainingRequested(run), patience.Token);
        }
        catch (Exception unreachable) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(unreachable, run);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The message bus does not answer; trainers will find run {Run} by themselves")]
    private partial void LogUnreachable(Exception exception, long run);
}
