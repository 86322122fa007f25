using System.Text;

namespace ThanoSql.Catalog.Tables;

/// <summary>Who keeps a session of ours, or a table, waiting in the end; never what it says.</summary>
/// <param name="Pid">On the server; 0 for a prepared transaction.</param>
/// <param name="Application">As the session calls itself; empty when it does not say.</param>
/// <param name="State">As pg_stat_activity has it; null where the owner may not know.</param>
/// <param name="Since">When its transaction began; null where the owner may not know.</param>
/// <param name="Waiters">Sessions of others that wait for it too, before ours.</param>
public sealed record LockHolder(int Pid, string? Application, string? State, DateTime? Since, int Waiters)
{
    // $1: the session that waits
    private const string OfSession = """
        SELECT b.pid, s.application, s.state, s.since, b.waiters
        FROM thanosql.last_blocker($1) b LEFT JOIN thanosql.sessions_of(ARRAY[b.pid]) s ON true
        """;

    // Locks that keep rows from being written; whoever waits for one keeps them from it as well. $1: tables of schema public
    private const string OfTables = """
        WITH standing AS (
            SELECT DISTINCT ON (c.relname) c.relname AS name, l.pid, l.granted
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1)
              AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
              AND (l.granted OR l.waitstart < now() - interval '1 second')
            ORDER BY c.relname, l.granted DESC, l.waitstart)
        SELECT t.name, coalesce(b.pid, t.pid) AS pid, s.application, s.state, s.since, coalesce(b.waiters + 1, 0) AS waiters
        FROM standing t
        LEFT JOIN LATERAL (SELECT * FROM thanosql.last_blocker(t.pid) WHERE NOT t.granted) b ON true
        LEFT JOIN LATERAL thanosql.sessions_of(ARRAY[coalesce(b.pid, t.pid)]) s ON true
        WHERE (t.granted OR b.pid IS NOT NULL) AND coalesce(s.since < clock_timestamp() - interval '1 second', true)
        """;

    /// <summary>Whom a session waits for; null when it waits for nobody.</summary>
    /// <param name="owner">Of the catalog.</param>
    /// <param name="session">Its pid on the server.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<LockHolder?> OfSessionAsync(NpgsqlDataSource owner, int session, CancellationToken cancellationToken) =>
        (await owner.Command(OfSession, session).ListAsync(r => Read(r, 0), cancellationToken)).SingleOrDefault();

    /// <summary>Tables that nobody can write rows of for more than a moment, by name, and because of whom.</summary>
    public static async Task<IReadOnlyDictionary<string, LockHolder>> OfTablesAsync(
        NpgsqlDataSource owner, IReadOnlyCollection<string> tables, CancellationToken cancellationToken) =>
        (await owner.Command(OfTables, (object)tables.ToArray()).ListAsync(r => (Table: r.GetString(0), Holder: Read(r, 1)), cancellationToken))
            .ToDictionary(t => t.Table, t => t.Holder);

    /// <summary>
    /// For people: <c>waits for a lock on products held by pid 4711 (psql), idle in transaction since 2026-01-31 12:00:00Z (44 s)</c>.
    /// </summary>
    /// <param name="on">What is waited for.</param>
    /// <param name="now">To tell the age.</param>
    public string Words(string on, DateTimeOffset now)
    {
        var text = new StringBuilder($"waits for a lock on {on} held by ");
        if (Pid == 0)
            return text.Append("a prepared transaction (SELECT * FROM pg_prepared_xacts)").ToString();
        text.Append(CultureInfo.InvariantCulture, $"pid {Pid}");
        if (!string.IsNullOrEmpty(Application))
            text.Append(CultureInfo.InvariantCulture, $" ({Application})");
        if (State is not null)
            text.Append(CultureInfo.InvariantCulture, $", {State}");
        if (Since is { } since)
            text.Append(CultureInfo.InvariantCulture, $" since {since:u} ({Math.Max(0, (now - since).TotalSeconds):0} s)");
        if (Waiters > 0)
            text.Append(CultureInfo.InvariantCulture, $"; sessions that wait for it before: {Waiters}");
        return text.ToString();
    }

    private static LockHolder Read(NpgsqlDataReader row, int at) => new(
        row.GetInt32(at),
        row.IsDBNull(at + 1) ? null : row.GetString(at + 1),
        row.IsDBNull(at + 2) ? null : row.GetString(at + 2),
        row.IsDBNull(at + 3) ? null : row.GetDateTime(at + 3),
        row.GetInt32(at + 4));
}
