using Npgsql;

namespace ThanoSql.Catalog.Rekeying;

/// <summary>The <c>…_next</c> columns of a pipeline's table: a new version's answers are prepared there and take the index columns' place at the switch.</summary>
internal static class NextColumns
{
    // PostgreSQL counts dropped columns too, and gives their numbers back only when the table is written anew.
    private const int MostColumns = 1600;

    public static async Task AddAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation)
    {
        // Even an ALTER that changes nothing waits for everybody
        if (await ExistAsync(connection, table, cancellation)) return;
        await CheckRoomAsync(connection, table, cancellation);
        var columns = table.Pairs().Select(c => $"ADD COLUMN IF NOT EXISTS {Identifier.Quote(c.Next)} {c.Type}");
        await connection.Command($"ALTER TABLE {table.Sql} {string.Join(", ", columns)}").RunAsync(cancellation);
    }

    public static Task<int> DropAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation)
    {
        var columns = table.Pairs().Select(c => $"DROP COLUMN IF EXISTS {Identifier.Quote(c.Next)}");
        return connection.Command($"ALTER TABLE IF EXISTS {table.Sql} {string.Join(", ", columns)}").RunAsync(cancellation);
    }

    /// <summary>Whether all of them are there: a COPY may have replaced the table meanwhile.</summary>
    public static async Task<bool> ExistAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation) =>
        await connection.Command(
            "SELECT count(*) = 4 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = ANY ($2) AND NOT attisdropped",
            table.Sql, table.Pairs().Select(c => c.Next).ToArray()).ScalarAsync<bool>(cancellation);

    /// <summary>The prepared columns take the names of those in service, which stay for as long as views still hold them.</summary>
    public static async Task RetireAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation)
    {
        foreach (var (name, _, next) in table.Pairs())
        {
            await RenameAsync(connection, table, name, Retired(name), cancellation);
            await RenameAsync(connection, table, next, name, cancellation);
        }
    }

    /// <summary>Removes the columns that <see cref="RetireAsync"/> put aside, with their indexes.</summary>
    public static Task<int> DropRetiredAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation)
    {
        var columns = table.Pairs().Select(c => $"DROP COLUMN {Identifier.Quote(Retired(c.Name))}");
        return connection.Command($"ALTER TABLE {table.Sql} {string.Join(", ", columns)}").RunAsync(cancellation);
    }

    private static string Retired(string name) => name + "_before";

    private static Task<int> RenameAsync(NpgsqlConnection connection, RekeyTable table, string from, string to, CancellationToken cancellation) =>
        connection.Command($"ALTER TABLE {table.Sql} RENAME COLUMN {Identifier.Quote(from)} TO {Identifier.Quote(to)}").RunAsync(cancellation);

    private static async Task CheckRoomAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation)
    {
        var used = await connection.Command("SELECT coalesce(max(attnum), 0)::int FROM pg_attribute WHERE attrelid = to_regclass($1)", table.Sql)
            .ScalarAsync<int>(cancellation);
        if (used + 4 > MostColumns)
        {
            throw new CatalogException(
                $"Table {table.Sql} has used up PostgreSQL's {MostColumns} column numbers by many switches: write it anew " +
                "(CREATE TABLE … AS SELECT, or dump and restore), then train again.");
        }
    }
}
