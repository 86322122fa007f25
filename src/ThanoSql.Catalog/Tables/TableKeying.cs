using System.Data;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Fills the <c>…_next</c> columns of one table with a version's answers and human labels. Whoever writes rows meanwhile writes their prepared
/// columns too, so one pass over the rows is enough.
/// </summary>
internal sealed class TableKeying(PipelineTable table, ModelVersion version)
{
    // Some milliseconds: as long waits a shop that wants to change one of these rows
    private const int BatchRows = 500;

    private readonly string _update = RowStatements.UpdatePicked(table, table.Columns.Next());

    /// <summary>
    /// All rows once, in the order of their paths, a batch a transaction. A row that a shop has locked is left for the end, when its lock is waited
    /// for: no row that others want is held meanwhile. Nothing waits for the disk: the promotion does, and with it all that was committed before.
    /// </summary>
    public async Task FillAsync(TableSession session, Func<long, Task> progress, CancellationToken cancellationToken)
    {
        await session.Command("SET synchronous_commit = off").RunAsync(cancellationToken);
        var (last, done, locked) = ("", 0L, new List<string>());
        await using var batch = FillAfter(session);
        await batch.PrepareAsync(cancellationToken);
        try
        {
            while (true)
            {
                batch.Parameters[^1].Value = last;
                var (path, rows, skipped) = await ReadAsync(batch, cancellationToken);
                if (rows == 0)
                    break;
                locked.AddRange(skipped);
                (last, done) = (path, done + rows);
                await progress(done);
            }
        }
        finally
        {
            // The session's reset drops it, unknown to the pool
            if (session.Connection.FullState == ConnectionState.Open)
                await batch.UnprepareAsync(CancellationToken.None);
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

    /// <summary>
    /// The paths behind the last parameter with all their rows: the last path, how many rows, and the paths of those that were passed over, since
    /// they were locked or changed in this moment.
    /// </summary>
    private NpgsqlCommand FillAfter(TableSession session)
    {
        var path = table.Image;
        var range = $"{path} > $5 AND {path} <= (SELECT max(path) FROM bound)";
        return Command(
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
            "");
    }

    private static async Task<(string Last, long Rows, string[] Skipped)> ReadAsync(NpgsqlCommand batch, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<string[]>(2));
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
