using System.Data;

namespace ThanoSql.Query.Execution;

/// <summary>A connection of a user's role for one request; the pool resets it before the next one.</summary>
internal sealed class UserSession : IAsyncDisposable
{
    private readonly NpgsqlDataSource _owner;
    private readonly int _processId;

    private UserSession(NpgsqlDataSource owner, NpgsqlConnection connection)
    {
        _owner = owner;
        Connection = connection;
        _processId = connection.ProcessID;
    }

    public NpgsqlConnection Connection { get; }

    public static async Task<UserSession> OpenAsync(
        UserDatabase users, NpgsqlDataSource owner, TokenScope scope, CancellationToken cancellationToken) =>
        await OpenAsync(await users.PoolAsync(scope, cancellationToken), owner, cancellationToken);

    public static async Task<UserSession> OpenAsync(NpgsqlDataSource pool, NpgsqlDataSource owner, CancellationToken cancellationToken) =>
        new(owner, await pool.OpenConnectionAsync(cancellationToken));

    /// <summary>A session that did not answer its cancellation in time is ended by the owner, lest it go on unseen.</summary>
    public async ValueTask DisposeAsync()
    {
        var abandoned = Connection.FullState.HasFlag(ConnectionState.Broken) || Connection.State == ConnectionState.Closed;
        await Connection.DisposeAsync();
        if (!abandoned)
            return;
        await using var end = _owner.CreateCommand(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND application_name = 'thanosql user'");
        end.Parameters.Add(new NpgsqlParameter { Value = _processId });
        await end.ExecuteNonQueryAsync();
    }
}
