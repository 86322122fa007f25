using System.Collections.Concurrent;

namespace ThanoSql.Catalog.Roles;

/// <summary>
/// Looks at the sessions of a role while they work, since PostgreSQL limits neither the memory of a session nor its temporary tables, and a session
/// may change work_mem and temp_buffers at will.
/// </summary>
/// <param name="database">The owner's.</param>
internal sealed partial class SessionWatch(
    NpgsqlDataSource database, BackendMemory memory, UserDatabaseOptions limits, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
    private const int SlowLooks = 5; // workers and tables are looked at every so many looks

    private readonly ConcurrentDictionary<int, WatchedSession> _working = [];
    private readonly SemaphoreSlim _one = new(1);
    private ITimer? _timer;
    private long _looks;

    public WatchedSession Begin(int processId)
    {
        var session = new WatchedSession(this, processId);
        _working[processId] = session;
        LazyInitializer.EnsureInitialized(ref _timer, () => time.CreateTimer(_ => _ = LookAsync(), null, Every, Every));
        return session;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _one.Dispose();
    }

    internal void End(WatchedSession session) => _working.TryRemove(new(session.ProcessId, session));

    private async Task LookAsync()
    {
        if (_working.IsEmpty || !await _one.WaitAsync(0))
            return;
        try
        {
            var slow = ++_looks % SlowLooks == 0;
            foreach (var session in _working.Values)
                LookAtMemory(session, slow);
            if (slow)
                await LookAtTablesAsync();
        }
        catch (Exception failed) when (failed is NpgsqlException or ObjectDisposedException)
        {
            LogBlind(logger, failed.Message);
        }
        finally
        {
            _one.Release();
        }
    }

    private void LookAtMemory(WatchedSession session, bool withWorkers)
    {
        if (memory.Of(session.ProcessId, withWorkers) is { } bytes && bytes > limits.BackendMegabytes * 1_000_000L)
            session.Stop($"The statement took more than {limits.BackendMegabytes} MB of the server's memory (Database:Users:BackendMegabytes).");
    }

    // A table that is being made is not seen yet, but those that hold a PREDICT's rows are made first and filled then.
    private async Task LookAtTablesAsync()
    {
        const string sql = """
            SELECT l.pid, sum(pg_catalog.pg_total_relation_size(c.oid))::bigint
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
            WHERE l.pid = ANY ($1) AND l.locktype = 'relation' AND c.relpersistence = 't' AND c.relkind = 'r' GROUP BY l.pid
            """;
        var old = _working.Values.Where(s => s.LookedAt++ > 0).Select(s => s.ProcessId).ToArray(); // most are done by then
        if (old.Length == 0)
            return;
        foreach (var (processId, bytes) in await database.Command(sql, (object)old).ListAsync<(int, long)>(CancellationToken.None))
        {
            if (bytes > limits.TempTableMegabytes * 1_000_000L && _working.TryGetValue(processId, out var session))
            {
                session.Stop(
                    $"The statement keeps more than {limits.TempTableMegabytes} MB in temporary tables (Database:Users:TempTableMegabytes).");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Temporary tables of users' sessions cannot be looked at: {Reason}")]
    private static partial void LogBlind(ILogger logger, string reason);
}

/// <summary>A session while it works for somebody.</summary>
internal sealed class WatchedSession(SessionWatch watch, int processId) : IDisposable
{
    private readonly CancellationTokenSource _over = new();

    public int ProcessId => processId;

    /// <summary>How often its tables were due to be looked at.</summary>
    public int LookedAt { get; set; }

    /// <summary>Cancelled when the session takes too much.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Which limit it passed; null when none.</summary>
    public string? Excess { get; private set; }

    public void Stop(string excess)
    {
        Excess ??= excess;
        _over.Cancel();
    }

    public void Dispose() => watch.End(this);
}

/// <summary>A statement took more of the server than its session may; the message names the limit.</summary>
public sealed class SessionLimitException(string message, Exception? inner = null) : Exception(message, inner);
