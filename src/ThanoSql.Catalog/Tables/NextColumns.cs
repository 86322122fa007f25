namespace ThanoSql.Catalog.Tables;

/// <summary>
/// The <c>…_next</c> columns of a pipeline's table: a new version's answers are prepared there and change places with the index columns at the
/// promotion. They stay, since PostgreSQL never reuses the number of a dropped column and a table gets 1,600 in its life. Between two promotions they
/// hold the answers of the version before, which nobody reads; the next preparation overwrites them.
/// </summary>
internal static class NextColumns
{
    /// <summary>Adds them, once in a table's life.</summary>
    public static async Task EnsureAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        // Even an ALTER that changes nothing waits for everybody
        if (await ExistAsync(session, table, cancellationToken))
            return;
        var columns = table.Pairs().Select(c => $"ADD COLUMN IF NOT EXISTS {Identifier.Quote(c.Next)} {c.Type}");
        await session.Command($"ALTER TABLE {table.Sql} {string.Join(", ", columns)}").RunAsync(cancellationToken);
    }

    /// <summary>Whether all of them are there: a COPY may have replaced the table meanwhile.</summary>
    public static async Task<bool> ExistAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken) =>
        await session.Command(
            "SELECT count(*) = 4 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = ANY ($2) AND NOT attisdropped",
            table.Sql, table.Pairs().Select(c => c.Next).ToArray()).ScalarAsync<bool>(cancellationToken);

    /// <summary>The prepared columns and those in service change names.</summary>
    public static Task SwapAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken) =>
        SwapAsync(session, table, table.Sql, cancellationToken);

    /// <summary>The same in another table with these columns.</summary>
    /// <param name="name">Its name, ready for SQL.</param>
    public static async Task SwapAsync(TableSession session, PipelineTable table, string name, CancellationToken cancellationToken)
    {
        foreach (var (column, _, next) in table.Pairs())
        {
            const string Between = "thanosql changes places";
            await RenameAsync(column, Between);
            await RenameAsync(next, column);
            await RenameAsync(Between, next);
        }

        Task<int> RenameAsync(string from, string to) =>
            session.Command($"ALTER TABLE {name} RENAME COLUMN {Identifier.Quote(from)} TO {Identifier.Quote(to)}").RunAsync(cancellationToken);
    }
}
