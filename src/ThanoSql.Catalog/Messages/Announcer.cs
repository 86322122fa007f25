using MassTransit;

namespace ThanoSql.Messages;

/// <summary>
/// Tells other processes what happened. The rows are what counts: who does not hear of it finds it a little later, so a broker that is out holds
/// nothing up.
/// </summary>
public sealed partial class Announcer(IBus bus, ILogger<Announcer> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task SendAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await bus.Publish(message, patience.Token);
        }
        catch (Exception unreachable) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(typeof(T).Name, unreachable.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The message bus does not answer ({Reason}); others will find out by themselves ({Message})")]
    private partial void LogUnreachable(string message, string reason);
}
