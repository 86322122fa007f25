using MassTransit;

namespace ThanoSql.Messages;

/// <summary>
/// Tells other processes what happened. Only the rows count: a process that misses a message finds the change a little later, so a broker that is
/// down blocks nothing.
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
