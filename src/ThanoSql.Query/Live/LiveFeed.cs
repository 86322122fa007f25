using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Live;

namespace ThanoSql.Query.Live;

/// <summary>
/// Tells pages how things stand, once a second. However many are open, they share one look at the database; nobody looks while no page is open. While
/// the database is out they hear what was so last, as stale.
/// </summary>
internal sealed partial class LiveFeed(
    ServiceDatabase service, NpgsqlDataSource database, DatabaseOutage outage, TimeProvider time, ILogger<LiveFeed> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly LiveCatalog _catalog = new(service.Source);
    private readonly SlowCount _counts = new(new LiveCatalog(database), time);
    private readonly ConcurrentDictionary<Subscription, bool> _subscriptions = [];
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private volatile LiveFigures? _current;

    /// <summary>The last look's; null while no page is open.</summary>
    public LiveFigures? Current => _current;

    /// <summary>Hears of each look until it is disposed; at once, where others are subscribed.</summary>
    /// <param name="hear">Called on another thread, one look after the other; must not wait for anything.</param>
    public IDisposable Subscribe(Action<LiveFigures> hear)
    {
        var subscription = new Subscription(hear, Forget);
        _subscriptions[subscription] = true;
        if (_current is { } known)
            subscription.Tell(known, LogDeaf);
        Wake();
        return subscription;
    }

    /// <summary>How things stand, for a page that is being made.</summary>
    public async Task<LiveFigures> NowAsync(CancellationToken cancellationToken)
    {
        if (_current is { } known)
            return known;
        var first = new TaskCompletionSource<LiveFigures>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (Subscribe(figures => first.TrySetResult(figures)))
            return await first.Task.WaitAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _wanted.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_subscriptions.IsEmpty)
            {
                _current = null;
                await _wanted.WaitAsync(stoppingToken);
                continue; // whoever woke it may have left
            }
            Tell(await LookAsync(stoppingToken));
            await Task.Delay(Every, time, stoppingToken);
        }
    }

    private async Task<LiveFigures> LookAsync(CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            var look = await _catalog.LookAsync(patience.Token);
            return LiveFigures.Of(look, await CountAsync(look, patience.Token));
        }
        catch (Exception failed) when (failed is NpgsqlException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            Note(failed);
            return (_current ?? LiveFigures.None) with { IsStale = true };
        }
    }

    // What could not be counted anew is as it was
    private async Task<LiveCounts?> CountAsync(LiveLook look, CancellationToken cancellationToken)
    {
        try
        {
            return await _counts.LastAsync(look.Pipelines, cancellationToken);
        }
        catch (NpgsqlException failed)
        {
            Note(failed);
            return _current?.Counts;
        }
    }

    private void Note(Exception failed)
    {
        if (!outage.Noticed(failed))
            LogBlind(failed.Message);
    }

    private void Tell(LiveFigures figures)
    {
        _current = figures;
        foreach (var subscription in _subscriptions.Keys)
            subscription.Tell(figures, LogDeaf);
    }

    private void Forget(Subscription subscription) => _subscriptions.TryRemove(subscription, out _);

    private void Wake()
    {
        try
        {
            _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // woken already
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "How things stand could not be looked up: {Reason}")]
    private partial void LogBlind(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page could not be told how things stand")]
    private partial void LogDeaf(Exception error);

    private sealed class Subscription(Action<LiveFigures> hear, Action<Subscription> forget) : IDisposable
    {
        private readonly Lock _turn = new();
        private volatile bool _ended;

        // A page that fails keeps no other from hearing
        public void Tell(LiveFigures figures, Action<Exception> failed)
        {
            lock (_turn)
            {
                if (_ended)
                    return;
                try
                {
                    hear(figures);
                }
                catch (Exception error)
                {
                    failed(error);
                }
            }
        }

        public void Dispose()
        {
            _ended = true;
            forget(this);
        }
    }
}
