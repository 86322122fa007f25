namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Fills the <c>…_next</c> columns of one table with a version's answers and human labels. Whoever writes rows meanwhile writes their prepared
/// columns too, so one pass over the rows is enough.
/// </summary>
internal sealed class TableKeying(PipelineTable table, ModelVersion version)
{
    private const int BatchRows = 2000;

    private readonly string _update = Update(table);

    /// <summary>
    /// All rows once, in the order of their paths, a batch a transaction. A row that a shop has locked is left for the end, when its lock is waited
    /// for: no row that others want is held meanwhile.
    /// </summary>
    public async Task FillAsync(NpgsqlConnection connection, Func<long, Task> progress, CancellationToken cancellationToken)
    {
        var (last, done, locked) = ("", 0L, new List<string>());
        while (true)
        {
            var (path, rows, skipped) = await FillAfterAsync(connection, last, cancellationToken);
            if (rows == 0)
                break;
            locked.AddRange(skipped);
            (last, done) = (path, done + rows);
            await progress(done);
        }
        foreach (var path in locked)
            await FillLockedAsync(connection, path, cancellationToken);
    }

    /// <summary>Rows that came without an answer for which there is one now.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> FillRestAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await Command(
            connection,
            $"""
             WITH picked AS MATERIALIZED (
                 SELECT ctid, {table.Image} AS path FROM {table.Sql}
                 WHERE {Next(table.Columns.Source)} IS NULL AND {table.Image} IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED)
             {_update}
             """).RunAsync(cancellationToken);

    /// <summary>The next paths with all their rows; those of them that were locked, or changed in this moment, were passed over.</summary>
    private async Task<(string Last, long Rows, string[] Skipped)> FillAfterAsync(
        NpgsqlConnection connection, string after, CancellationToken cancellationToken)
    {
        var path = table.Image;
        var range = $"{path} > $4 AND {path} <= (SELECT max(path) FROM bound)";
        var command = Command(
            connection,
            $"""
             WITH bound AS MATERIALIZED (SELECT {path} AS path FROM {table.Sql} WHERE {path} > $4 ORDER BY {path} LIMIT {BatchRows}),
             here AS MATERIALIZED (SELECT ctid, {path} AS path FROM {table.Sql} WHERE {range}),
             picked AS MATERIALIZED (SELECT ctid, {path} AS path FROM {table.Sql} WHERE {range} FOR NO KEY UPDATE SKIP LOCKED),
             written AS ({_update} RETURNING 1)
             SELECT coalesce(max(h.path), $4), count(*), coalesce(array_agg(DISTINCT h.path) FILTER (WHERE p.ctid IS NULL), ARRAY[]::text[]),
                    (SELECT count(*) FROM written)
             FROM here h LEFT JOIN picked p ON p.ctid = h.ctid
             """,
            after);
        return (await command.ListAsync<(string, long, string[])>(cancellationToken))[0];
    }

    private async Task FillLockedAsync(NpgsqlConnection connection, string path, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // A statement sees what was committed before it began, so the lock is taken by one and the row written by the next
        await connection.Command($"SELECT FROM {table.Sql} WHERE {table.Image} = $1 FOR NO KEY UPDATE", path).RunAsync(cancellationToken);
        var picked = $"SELECT ctid, {table.Image} AS path FROM {table.Sql} WHERE {table.Image} = $4";
        await Command(connection, $"WITH picked AS MATERIALIZED ({picked}) {_update}", path).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, string? path = null)
    {
        var command = connection.Command(sql, table.Workspace, table.PipelineIds, version.VersionId);
        if (path is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = path });
        command.CommandTimeout = 0;
        return command;
    }

    /// <summary>$1 workspace, $2 pipelines, $3 version; writes the rows of <c>picked</c> that say something else now.</summary>
    private static string Update(PipelineTable table)
    {
        var (keyword, score) = (Next(table.Columns.Keyword), Next(table.Columns.Score));
        var (version, source) = (Next(table.Columns.Version), Next(table.Columns.Source));
        var pipeline = table.PipelineIds.Length == 1 ? "($2::integer[])[1]" : "thanosql.pipeline_of($2, i.bucket, i.key)";
        return $"""
            UPDATE {table.Sql} AS t SET {keyword} = a.keyword, {score} = a.score, {version} = a.version, {source} = a.source
            FROM (
                SELECT p.ctid AS row_id, e.keyword, e.score, e.version,
                       CASE WHEN thanosql.object_key(p.path) = '' THEN 'failed' ELSE e.source END AS source
                FROM picked p
                LEFT JOIN thanosql.image i ON i.bucket = thanosql.object_bucket(p.path, $1) AND i.key = thanosql.object_key(p.path)
                LEFT JOIN LATERAL thanosql.index_entry({pipeline}, i.image_id, $3) e ON true
            ) a
            WHERE t.ctid = a.row_id AND (t.{keyword}, t.{score}, t.{version}, t.{source}) IS DISTINCT FROM (a.keyword, a.score, a.version, a.source)
            """;
    }

    private static string Next(string column) => Identifier.Quote(column + "_next");
}
