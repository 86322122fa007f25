namespace ThanoSql.Catalog.Tables;

/// <summary>
/// The <c>…_next</c> columns of a pipeline's table: a new version's answers are prepared there and change places with the index columns at the
/// promotion. They stay, since PostgreSQL never reuses the number of a dropped column and a table gets 1,600 in its life. Between two promotions they
/// hold the answers of the version before, which nobody reads; the next preparation overwrites them.
/// </summary>
internal static class NextColumns
{
    /// <summary>Adds them, once in a table's life.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        // Even an ALTER that changes nothing waits for everybody
        if (await ExistAsync(connection, table, cancellationToken))
            return;
        var columns = table.Pairs().Select(c => $"ADD COLUMN IF NOT EXISTS {Identifier.Quote(c.Next)} {c.Type}");
        await connection.Command($"ALTER TABLE {table.Sql} {string.Join(", ", columns)}").RunAsync(cancellationToken);
    }

    /// <summary>Whether all of them are there: a COPY may have replaced the table meanwhile.</summary>
    public static async Task<bool> ExistAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken) =>
        await connection.Command(
            "SELECT count(*) = 4 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = ANY ($2) AND NOT attisdropped",
            table.Sql, table.Pairs().Select(c => c.Next).ToArray()).ScalarAsync<bool>(cancellationToken);

    /// <summary>The prepared columns and those in service change names.</summary>
    public static async Task SwapAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        foreach (var (name, _, next) in table.Pairs())
        {
            const string Between = "thanosql changes places";
            await RenameAsync(connection, table, name, Between, cancellationToken);
            await RenameAsync(connection, table, next, name, cancellationToken);
            await RenameAsync(connection, table, Between, next, cancellationToken);
        }
    }

    private static Task<int> RenameAsync(
        NpgsqlConnection connection, PipelineTable table, string from, string to, CancellationToken cancellationToken) =>
        connection.Command($"ALTER TABLE {table.Sql} RENAME COLUMN {Identifier.Quote(from)} TO {Identifier.Quote(to)}").RunAsync(cancellationToken);
}
