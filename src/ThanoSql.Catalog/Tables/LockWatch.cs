namespace ThanoSql.Catalog.Tables;

/// <summary>Finds out whom a session waits for while it waits: when its statement has failed, nobody can tell any more.</summary>
public sealed class LockWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _owner;
    private readonly int _session;
    private readonly Action<LockHolder>? _heard;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    /// <param name="owner">Of the catalog: asks on a connection of its own.</param>
    /// <param name="session">The session's pid on the server.</param>
    /// <param name="first">How long it may wait before the first look; then it is looked at each second, or as often if that is shorter.</param>
    /// <param name="heard">Hears of the holder at every look; null when <see cref="Holder"/> is enough.</param>
    public LockWatch(NpgsqlDataSource owner, int session, TimeSpan first, Action<LockHolder>? heard = null)
    {
        (_owner, _session, _heard) = (owner, session, heard);
        _watching = WatchAsync(first);
    }

    /// <summary>Whom it waited for last; null when it was not seen waiting.</summary>
    public LockHolder? Holder { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeSpan first)
    {
        try
        {
            for (var pause = first; ; pause = first < Pace ? first : Pace)
            {
                await Task.Delay(pause, _stop.Token);
                if (await LockHolder.OfSessionAsync(_owner, _session, _stop.Token) is not { } holder)
                    continue;
                Holder = holder;
                _heard?.Invoke(holder);
            }
        }
        catch (OperationCanceledException)
        {
            // the statement ended
        }
        catch (NpgsqlException)
        {
            // A database that does not answer: the statement that is watched says so itself
        }
    }
}
