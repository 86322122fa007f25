namespace ThanoSql.Catalog.Roles;

/// <summary>
/// The sessions of one role in this process. Each belongs to one token for as long as it lives, so that what a reset leaves behind (prepared texts,
/// the seed of random(), names of settings, memory) never meets another's statement. One that is given back is reset at once, not when it is next
/// used: its temporary tables would lie on the disk until then.
/// </summary>
/// <param name="sources">Without pools of their own: one whose connections prepare what they run, and one whose do not.</param>
/// <param name="care">Ends sessions that do not answer, and looks at those that work.</param>
/// <param name="most">Sessions at once, idle ones included.</param>
/// <param name="time">For how long a session has been idle.</param>
internal sealed class UserConnections(
    (NpgsqlDataSource Plain, NpgsqlDataSource Preparing) sources, (SessionEnder Ender, SessionWatch Watch) care, int most, TimeProvider time)
    : IAsyncDisposable
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _free = new(most);
    private readonly Lock _lock = new();
    private readonly LinkedList<UserConnection> _idle = []; // the longest idle first
    private ITimer? _sweeps;
    private int _lent;

    /// <summary>Makes a session that ends when it is closed; whoever opens one, owns it.</summary>
    public NpgsqlDataSource Single => sources.Plain;

    public async Task<UserConnection> OpenAsync(UserSessionKey key, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        Interlocked.Increment(ref _lent);
        try
        {
            while (TakeIdle(key) is { } known)
            {
                if (await known.IsCleanAsync())
                    return known.Lend(care.Watch);
            }
            LazyInitializer.EnsureInitialized(ref _sweeps, SweepNowAndThen);
            await CloseIdleAsync();
            var connection = await (key.Prepares ? sources.Preparing : sources.Plain).OpenConnectionAsync(cancellationToken);
            return new UserConnection(this, key, connection).Lend(care.Watch);
        }
        catch
        {
            GiveBack();
            throw;
        }
    }

    internal void TakeBack(UserConnection session)
    {
        session.BeginReset(time.GetUtcNow());
        lock (_lock)
            _idle.AddLast(session);
        GiveBack();
    }

    /// <summary>Of a session that was lost: its place is free once the server has ended it. The idle ones are likely lost with it.</summary>
    internal async Task EndAsync(UserConnection session)
    {
        try
        {
            foreach (var idle in TakeAllIdle(_ => true))
                await idle.Connection.DisposeAsync();
            await care.Ender.EndAsync(session.ProcessId);
        }
        finally
        {
            GiveBack();
        }
    }

    /// <summary>Its reset failed.</summary>
    internal void Drop(UserConnection session)
    {
        lock (_lock)
            _idle.Remove(session);
        session.Connection.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_sweeps is not null)
            await _sweeps.DisposeAsync();
        foreach (var session in TakeAllIdle(_ => true))
        {
            await session.IsCleanAsync();
            await session.Connection.DisposeAsync();
        }
        await sources.Plain.DisposeAsync();
        await sources.Preparing.DisposeAsync();
        care.Watch.Dispose();
        _free.Dispose();
    }

    private ITimer SweepNowAndThen() => time.CreateTimer(_ => _ = CloseIdleAsync(), null, LongestIdle, LongestIdle);

    private void GiveBack()
    {
        Interlocked.Decrement(ref _lent);
        _free.Release();
    }

    private UserConnection? TakeIdle(UserSessionKey key)
    {
        lock (_lock)
        {
            for (var node = _idle.Last; node is not null; node = node.Previous)
            {
                if (node.Value.Key != key)
                    continue;
                _idle.Remove(node);
                return node.Value;
            }
            return null;
        }
    }

    // Those that are idle for too long, and more where others' would exceed the number.
    private async Task CloseIdleAsync()
    {
        foreach (var session in TakeAllIdle(s => s.IdleSince < time.GetUtcNow() - LongestIdle || _idle.Count + _lent > most))
        {
            await session.IsCleanAsync();
            await session.Connection.DisposeAsync();
        }
    }

    private List<UserConnection> TakeAllIdle(Func<UserConnection, bool> which)
    {
        List<UserConnection> taken = [];
        lock (_lock)
        {
            while (_idle.First is { } first && which(first.Value))
            {
                _idle.RemoveFirst();
                taken.Add(first.Value);
            }
        }
        return taken;
    }
}
