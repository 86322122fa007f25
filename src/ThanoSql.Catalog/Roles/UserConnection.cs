using System.Data;

namespace ThanoSql.Catalog.Roles;

/// <summary>A session of a user's role, lent to one token's statement. Disposing it gives it back.</summary>
public sealed class UserConnection : IAsyncDisposable
{
    // What DISCARD ALL does, but for the prepared statements.
    private static readonly string[] AllButPrepared =
    [
        "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL", "CLOSE ALL", "UNLISTEN *", "SELECT pg_catalog.pg_advisory_unlock_all()",
        "DISCARD SEQUENCES", "DISCARD TEMP",
    ];

    private static readonly string[] All = ["DISCARD ALL"];

    private readonly UserConnections _home;
    private readonly UserSessionKey _key;
    private Task<bool> _clean = Task.FromResult(true);
    private WatchedSession? _watched;

    internal UserConnection(UserConnections home, UserSessionKey key, NpgsqlConnection connection)
    {
        (_home, _key, Connection) = (home, key, connection);
        ProcessId = connection.ProcessID;
    }

    /// <summary>Open, outside a transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Of the session on the server.</summary>
    public int ProcessId { get; }

    /// <summary>Ends once nothing works for this session any more on the server: at once, unless it was given back without having answered.</summary>
    public Task Gone { get; private set; } = Task.CompletedTask;

    /// <summary>Runs work on this session, which ends when the session takes more of the server than it may.</summary>
    /// <exception cref="SessionLimitException">It did.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _watched!.Over);
        try
        {
            return await work(stop.Token);
        }
        catch (Exception cancelled) when (_watched.Excess is not null)
        {
            throw new SessionLimitException(_watched.Excess, cancelled);
        }
    }

    internal UserSessionKey Key => _key;

    internal DateTimeOffset IdleSince { get; private set; }

    // It did not answer its cancellation in time, or the server is gone.
    private bool IsLost => Connection.FullState.HasFlag(ConnectionState.Broken) || Connection.State == ConnectionState.Closed;

    public async ValueTask DisposeAsync()
    {
        _watched?.Dispose();
        if (IsLost)
        {
            await Connection.DisposeAsync();
            Gone = _home.EndAsync(this);
            return;
        }
        _home.TakeBack(this);
    }

    internal UserConnection Lend(SessionWatch watch)
    {
        _watched = watch.Begin(ProcessId);
        return this;
    }

    /// <summary>Begins to take away what the statement left; nobody waits for it until the session is lent again.</summary>
    internal void BeginReset(DateTimeOffset now)
    {
        IdleSince = now;
        _clean = ResetAsync();
    }

    /// <returns>Whether the session is as new.</returns>
    internal Task<bool> IsCleanAsync() => _clean;

    private async Task<bool> ResetAsync()
    {
        try
        {
            await using var reset = new NpgsqlBatch(Connection) { Timeout = 30 };
            foreach (var statement in _key.Prepares ? AllButPrepared : All)
                reset.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            await reset.ExecuteNonQueryAsync();
            return true;
        }
        catch (Exception refused) when (refused is NpgsqlException or InvalidOperationException)
        {
            _home.Drop(this);
            return false;
        }
    }
}

/// <summary>Whose session it is.</summary>
/// <param name="Token">The name of the API token.</param>
/// <param name="Prepares">Whether statements stay prepared on it.</param>
internal sealed record UserSessionKey(string Token, bool Prepares);
