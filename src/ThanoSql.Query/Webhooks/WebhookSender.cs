using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

/// <summary>
/// Tells webhooks what happened. Each is called by itself, one call after the other, by the one process that has its lease; an event leaves the
/// database only when its receiver has taken it, so that a process may end at any moment and another goes on.
/// </summary>
internal sealed partial class WebhookSender(
    WebhookLedger ledger, WebhookCaller caller, DatabaseOutage outage, TimeProvider time, IOptions<WebhookOptions> options,
    ILogger<WebhookSender> logger) : BackgroundService
{
    private const int Rounds = 10;

    private readonly Guid _owner = Guid.NewGuid();
    private readonly ConcurrentDictionary<int, Task> _calling = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Poll, time);
        try
        {
            do
                await TryAsync(() => LookAsync(stoppingToken));
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await Task.WhenAll(_calling.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // Not all that may have gathered: those who have something already need not wait
        for (var left = Rounds; left > 0 && await ledger.HandOutAsync(options.Value.TryFor, cancellationToken); left--)
            cancellationToken.ThrowIfCancellationRequested();
        foreach (var (id, _) in _calling.Where(c => c.Value.IsCompleted))
            _calling.TryRemove(id, out _);
        foreach (var id in await ledger.DueAsync(cancellationToken))
            _ = _calling.GetOrAdd(id, i => Task.Run(() => TryAsync(() => TellAsync(i, cancellationToken)), CancellationToken.None));
    }

    private async Task TellAsync(int id, CancellationToken cancellationToken)
    {
        if (await ledger.TakeAsync(id, _owner, options.Value.Lease, cancellationToken) is not { } target)
            return;
        try
        {
            while (await ledger.NextAsync(id, options.Value.Batch, cancellationToken) is { Count: > 0 } events)
            {
                if (!await TellAsync(id, target, events, cancellationToken))
                    return;
            }
        }
        finally
        {
            using var patience = new CancellationTokenSource(GracePeriod.Usual, time);
            await ledger.ReturnAsync(id, _owner, patience.Token);
        }
    }

    /// <returns>Whether the webhook is to be told more now.</returns>
    private async Task<bool> TellAsync(int id, WebhookTarget target, IReadOnlyList<WebhookDelivery> events, CancellationToken cancellationToken)
    {
        var ids = events.Select(e => e.EventId).ToArray();
        var answer = await caller.CallAsync(target, WebhookMessage.Of(events), cancellationToken);
        if (answer.Error is null)
            return await ledger.DeliveredAsync(id, _owner, ids, options.Value.Lease, cancellationToken);
        LogFailed(id, ids.Length, answer.Error);
        await ledger.FailedAsync(id, _owner, ids, answer.Error, options.Value.Patience, cancellationToken);
        return false;
    }

    // Whatever goes wrong with one webhook is put off: no other waits for it, nor the service
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // The process ends
        }
        catch (Exception error)
        {
            if (!outage.Noticed(error))
                LogPutOff(error);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Id} was not told of {Count} event(s), and will be later: {Reason}")]
    private partial void LogFailed(int id, int count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhooks are told later")]
    private partial void LogPutOff(Exception error);
}
