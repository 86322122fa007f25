namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Fills the <c>…_next</c> columns of one table with a version's answers and human labels. Whoever writes rows meanwhile writes their prepared
/// columns too, so one pass over the rows is enough.
/// </summary>
internal sealed class TableKeying(PipelineTable table, ModelVersion version)
{
    private const int BatchRows = 2000;

    private readonly string _update = RowStatements.UpdatePicked(table, table.Columns.Next());

    /// <summary>
    /// All rows once, in the order of their paths, a batch a transaction. A row that a shop has locked is left for the end, when its lock is waited
    /// for: no row that others want is held meanwhile.
    /// </summary>
    public async Task FillAsync(TableSession session, Func<long, Task> progress, CancellationToken cancellationToken)
    {
        var (last, done, locked) = ("", 0L, new List<string>());
        while (true)
        {
            var (path, rows, skipped) = await FillAfterAsync(session, last, cancellationToken);
            if (rows == 0)
                break;
            locked.AddRange(skipped);
            (last, done) = (path, done + rows);
            await progress(done);
        }
        foreach (var path in locked)
            await FillLockedAsync(session, path, cancellationToken);
    }

    /// <summary>Rows that came without an answer for which there is one now.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> FillRestAsync(TableSession session, CancellationToken cancellationToken) =>
        await Command(
            session,
            $"""
             WITH picked AS MATERIALIZED (
                 {RowStatements.Picked(table)}
                 WHERE {Next(table.Columns.Source)} IS NULL AND {table.Image} IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED),
             {RowStatements.AnswerPicked}
             {_update}
             """).RunAsync(cancellationToken);

    /// <summary>The next paths with all their rows; those of them that were locked, or changed in this moment, were passed over.</summary>
    private async Task<(string Last, long Rows, string[] Skipped)> FillAfterAsync(
        TableSession session, string after, CancellationToken cancellationToken)
    {
        var path = table.Image;
        var range = $"{path} > $5 AND {path} <= (SELECT max(path) FROM bound)";
        var command = Command(
            session,
            $"""
             WITH bound AS MATERIALIZED (SELECT {path} AS path FROM {table.Sql} WHERE {path} > $5 ORDER BY {path} LIMIT {BatchRows}),
             here AS MATERIALIZED ({RowStatements.Picked(table)} WHERE {range}),
             picked AS MATERIALIZED ({RowStatements.Picked(table)} WHERE {range} FOR NO KEY UPDATE SKIP LOCKED),
             {RowStatements.AnswerPicked},
             written AS ({_update} RETURNING 1)
             SELECT coalesce(max(h.path), $5), count(*), coalesce(array_agg(DISTINCT h.path) FILTER (WHERE p.row_id IS NULL), ARRAY[]::text[]),
                    (SELECT count(*) FROM written)
             FROM here h LEFT JOIN picked p ON p.row_id = h.row_id AND p.relation = h.relation
             """,
            after);
        return (await command.ListAsync<(string, long, string[])>(cancellationToken))[0];
    }

    private async Task FillLockedAsync(TableSession session, string path, CancellationToken cancellationToken)
    {
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        // A statement sees what was committed before it began, so the lock is taken by one and the row written by the next
        await session.Command($"SELECT FROM {table.Sql} WHERE {table.Image} = $1 FOR NO KEY UPDATE", path).RunAsync(cancellationToken);
        var picked = $"{RowStatements.Picked(table)} WHERE {table.Image} = $5";
        await Command(session, $"WITH picked AS MATERIALIZED ({picked}), {RowStatements.AnswerPicked} {_update}", path).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private NpgsqlCommand Command(TableSession session, string sql, string? path = null)
    {
        var command = session.Call(sql, table.PipelineIds, version.VersionId, table.Workspace);
        if (path is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = path });
        command.CommandTimeout = 0;
        return command;
    }

    private static string Next(string column) => Identifier.Quote(column + "_next");
}
