namespace ThanoSql.Catalog.Tables;

/// <summary>Tables that somebody holds against those who write rows: the view <c>thanosql.pipelines</c> says who, and so does the log.</summary>
public sealed partial class TableWaits(NpgsqlDataSource database, TimeProvider time, ILogger<TableWaits> logger)
{
    private readonly Dictionary<string, int> _told = [];

    /// <summary>Looks at the tables of all pipelines. Not for two threads at once.</summary>
    /// <param name="valid">How long the view believes it.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task LookAsync(TimeSpan valid, CancellationToken cancellationToken)
    {
        var tables = await database.Command("SELECT DISTINCT table_name FROM thanosql.pipeline").ListAsync<string>(cancellationToken);
        var held = await LockHolder.OfTablesAsync(database, tables, cancellationToken);
        if (held.Count == 0 && _told.Count == 0)
            return;
        var reasons = held.ToDictionary(h => h.Key, h => h.Value.Words(h.Key, time.GetUtcNow()));
        await database.Command(
            """
            WITH free AS (DELETE FROM thanosql.table_wait WHERE NOT table_name = ANY ($1))
            INSERT INTO thanosql.table_wait (table_name, reason, valid_until)
            SELECT name, reason, now() + $3 FROM unnest($1, $2) AS t (name, reason) ORDER BY name
            ON CONFLICT (table_name) DO UPDATE SET reason = excluded.reason, valid_until = excluded.valid_until
            """,
            reasons.Keys.ToArray(), reasons.Values.ToArray(), valid).RunAsync(cancellationToken);
        Tell(held, reasons);
    }

    // Once for each holder, not at every look
    private void Tell(IReadOnlyDictionary<string, LockHolder> held, Dictionary<string, string> reasons)
    {
        foreach (var table in _told.Keys.Except(held.Keys).ToList())
        {
            _told.Remove(table);
            LogFree(table);
        }
        foreach (var (table, holder) in held.Where(h => !_told.TryGetValue(h.Key, out var pid) || pid != h.Value.Pid))
        {
            _told[table] = holder.Pid;
            LogHeld(table, reasons[table]);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Images of table {Table} wait; others go on. The service {Reason}. End that session, or its transaction.")]
    private partial void LogHeld(string table, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Nobody holds table {Table} any more: its images go on")]
    private partial void LogFree(string table);
}
