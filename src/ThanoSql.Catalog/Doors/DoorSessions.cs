using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Doors;

/// <summary>
/// Looks at the sessions of SQL clients from outside, since they set their own timeouts and memory at will, and ends those that go beyond a limit.
/// </summary>
/// <param name="service">The owner's; may end these sessions and no others.</param>
public sealed partial class DoorSessions(
    ServiceDatabase service, IOptions<DoorOptions> options, IOptions<UserDatabaseOptions> users, ILogger<DoorSessions> logger)
{
    private const double Grace = 2; // seconds, for what statement_timeout ends with a better message
    private const double FullestQueue = 0.2; // of the server's notifications: sessions that listen and do not read keep it from being emptied

    private NpgsqlDataSource Database => service.Source;

    /// <summary>Ends each that goes beyond a limit.</summary>
    /// <returns>How many sessions there are.</returns>
    public async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT s.pid, s.login, s.is_here, d.number IS NOT NULL, s.state LIKE 'idle in transaction%',
                   coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - s.transaction_since)::float8, 0),
                   coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - s.state_since)::float8, 0), pg_catalog.pg_notification_queue_usage()
            FROM thanosql_logins.door_sessions() s
            LEFT JOIN thanosql.door_login d ON s.login = pg_catalog.current_database() || '_door' || d.number
            """;
        var sessions = await Database.Command(sql).ListAsync(
            r => new Session(
                r.GetInt32(0), r.GetString(1), r.GetBoolean(2), r.GetBoolean(3), !r.IsDBNull(4) && r.GetBoolean(4), r.GetDouble(5), r.GetDouble(6),
                r.GetDouble(7)),
            cancellationToken);
        foreach (var session in sessions)
        {
            if (Excess(session) is not { } reason)
                continue;
            LogEnded(session.ProcessId, session.Login, reason);
            await Database.Command("SELECT thanosql_logins.end_door_session($1, $2)", session.ProcessId, session.Login).RunAsync(cancellationToken);
        }
        return sessions.Count;
    }

    private string? Excess(Session of) => of switch
    {
        { IsHere: false } => "it is in another database",
        { IsKnown: false } => "its login has ended",
        { Queue: > FullestQueue } => "the server's notifications pile up",
        _ when of.TransactionSeconds > options.Value.Seconds + Grace => "its transaction lasted longer than Database:Door:Seconds",
        { IsIdle: true } when of.StateSeconds > options.Value.IdleSeconds + Grace => "it was idle in a transaction for Database:Door:IdleSeconds",
        _ when MemoryOf(of) > users.Value.BackendMegabytes * 1_000_000L => "it took more memory than Database:Users:BackendMegabytes",
        _ => null,
    };

    private long? MemoryOf(Session session)
    {
        var isLocal = BackendMemory.IsLocal(new NpgsqlConnectionStringBuilder(Database.ConnectionString).Host);
        return new BackendMemory(session.Login, isLocal).Of(session.ProcessId, withWorkers: true);
    }

    private sealed record Session(
        int ProcessId, string Login, bool IsHere, bool IsKnown, bool IsIdle, double TransactionSeconds, double StateSeconds, double Queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {ProcessId} of the SQL client {Login} is ended: {Reason}")]
    private partial void LogEnded(int processId, string login, string reason);
}
