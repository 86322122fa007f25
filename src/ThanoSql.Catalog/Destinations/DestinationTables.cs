using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Destinations;

/// <summary>
/// Results that are kept for a while as tables of schema qm. The service's login for tables owns them, so that nobody changes one or makes it grow;
/// the role that computed a result may read it, and with it every token of that scope, which could have asked for the same rows.
/// </summary>
public sealed class DestinationTables(
    NpgsqlDataSource database, TableSessions sessions, IOptions<DestinationOptions> options, TimeProvider time)
{
    public const string Schema = "qm";

    /// <summary>Keeps a result; the token's oldest make room for it.</summary>
    /// <param name="token">Whose it is.</param>
    /// <param name="rows">What its statement gave, computed with its rights.</param>
    /// <param name="name">Of the table; null: one that nobody has.</param>
    /// <param name="overwrite">Whether one of the token's own of that name may go.</param>
    /// <param name="cancellationToken">Keeps nothing.</param>
    /// <returns>The table's name.</returns>
    /// <exception cref="DestinationTakenException">There is one of that name.</exception>
    /// <exception cref="CatalogException">It is larger than what a token may keep.</exception>
    /// <exception cref="PostgresException">No table can hold such rows, or schema qm is somebody else's.</exception>
    public async Task<string> KeepAsync(
        ApiToken token, DestinationRows rows, string? name, bool overwrite, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(rows);
        CheckSize(rows.Bytes);
        var table = name ?? $"result_{Guid.NewGuid():N}";
        await ReserveAsync(token, table, rows.Bytes, overwrite, cancellationToken);
        try
        {
            await MakeRoomAsync(token, table, cancellationToken);
            var bytes = await WriteAsync(token, table, rows, cancellationToken);
            CheckSize(bytes);
            await database.Command("UPDATE thanosql.destination_table SET bytes = $2 WHERE name = $1", table, bytes).RunAsync(cancellationToken);
            return table;
        }
        catch
        {
            await ForgetAsync(table);
            throw;
        }
    }

    /// <summary>Drops one of a token's results, and whatever views were made over it.</summary>
    /// <returns>False when the token has none of that name.</returns>
    public async Task<bool> DropAsync(ApiToken token, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return await IsOfAsync(token, name, cancellationToken) && await DropAsync(name, cancellationToken);
    }

    /// <summary>Whether a table of schema qm holds a result of the token's.</summary>
    public Task<bool> IsOfAsync(ApiToken token, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return database.Command("SELECT EXISTS (SELECT FROM thanosql.destination_table WHERE name = $1 AND token_id = $2)", name, token.Id)
            .ScalarAsync<bool>(cancellationToken);
    }

    /// <summary>Drops the results whose time is over.</summary>
    /// <returns>How many; one that is being read is dropped the next time.</returns>
    public async Task<int> DropOldAsync(CancellationToken cancellationToken)
    {
        var old = await database.Command(
            "SELECT name FROM thanosql.destination_table WHERE made_at < $1", time.GetUtcNow() - TimeSpan.FromHours(options.Value.Hours))
            .ListAsync<string>(cancellationToken);
        var dropped = 0;
        foreach (var name in old)
            dropped += await DropAsync(name, cancellationToken) ? 1 : 0;
        return dropped;
    }

    private long MostBytes => options.Value.Megabytes * 1_000_000L;

    private void CheckSize(long bytes)
    {
        if (bytes > MostBytes)
        {
            throw new CatalogException(
                $"The result takes {bytes / 1_000_000} MB as a table; a token keeps {options.Value.Megabytes} MB (Query:Destination:Megabytes).");
        }
    }

    private async Task ReserveAsync(ApiToken token, string table, long bytes, bool overwrite, CancellationToken cancellationToken)
    {
        if (overwrite)
            await DropAsync(token, table, cancellationToken);
        const string sql = """
            INSERT INTO thanosql.destination_table (name, token_id, bytes, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING
            """;
        if (await database.Command(sql, table, token.Id, bytes, time.GetUtcNow()).RunAsync(cancellationToken) == 0)
            throw new DestinationTakenException(table);
    }

    // Newest first: the one that comes now always stays.
    private async Task MakeRoomAsync(ApiToken token, string coming, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT name FROM (
                SELECT name, sum(bytes) OVER newest AS bytes, row_number() OVER newest AS place
                FROM thanosql.destination_table WHERE token_id = $1
                WINDOW newest AS (ORDER BY name = $2 DESC, made_at DESC, name ROWS UNBOUNDED PRECEDING)) AS kept
            WHERE place > 1 AND (bytes > $3 OR place > $4)
            """;
        var over = await database.Command(sql, token.Id, coming, (decimal)MostBytes, (long)options.Value.Tables).ListAsync<string>(cancellationToken);
        foreach (var name in over)
            await DropAsync(name, cancellationToken);
    }

    private async Task<long> WriteAsync(ApiToken token, string table, DestinationRows rows, CancellationToken cancellationToken)
    {
        await using var session = await sessions.OpenAsync(cancellationToken);
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        var quoted = Quoted(table);
        await DestinationWriter.WriteAsync(session.Connection, quoted, rows, cancellationToken);
        var reader = SqlRole.Of(token.Scope, session.Connection.Database);
        await session.Command($"GRANT SELECT ON {quoted} TO {reader.Quoted}").RunAsync(cancellationToken);
        var bytes = await session.Command("SELECT pg_catalog.pg_total_relation_size($1::regclass)", quoted).ScalarAsync<long>(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return bytes;
    }

    private async Task ForgetAsync(string table)
    {
        try
        {
            await DropAsync(table, CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // It goes when its time is over
        }
    }

    // What users made over it goes with it, or it could not go at all
    private async Task<bool> DropAsync(string name, CancellationToken cancellationToken)
    {
        await using var session = await sessions.OpenAsync(cancellationToken);
        try
        {
            await session.RunAsync(
                ["BEGIN", "SET LOCAL lock_timeout = '1s'", $"DROP TABLE IF EXISTS {Quoted(name)} CASCADE", "COMMIT"], cancellationToken);
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await session.Command("ROLLBACK").RunAsync(CancellationToken.None);
            return false;
        }
        await database.Command("DELETE FROM thanosql.destination_table WHERE name = $1", name).RunAsync(cancellationToken);
        return true;
    }

    private static string Quoted(string name) => $"{Schema}.{Identifier.Quote(name)}";
}

/// <summary>There is a kept result of that name.</summary>
public sealed class DestinationTakenException(string name) : Exception($"There is a table '{name}' in schema {DestinationTables.Schema} already.");
