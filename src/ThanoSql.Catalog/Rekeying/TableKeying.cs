using Npgsql;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Catalog.Rekeying;

/// <summary>Fills the <c>…_next</c> columns of one table with what a version's keyword partition and people say.</summary>
internal sealed class TableKeying(RekeyTable table, ModelVersion version)
{
    private const int BatchRows = 1000;

    private readonly string update = Update(table);

    /// <summary>
    /// All rows once, in the order of their paths, a batch a transaction. Rows that a shop has locked are left to <see cref="FillRestAsync"/>:
    /// nobody waits for anybody.
    /// </summary>
    public async Task FillAsync(NpgsqlConnection connection, Func<long, Task> progress, CancellationToken cancellation)
    {
        var picked = $"""
            SELECT ctid, {table.ImageColSql} AS path FROM {table.Sql} WHERE {table.ImageColSql} > $4
            ORDER BY {table.ImageColSql} LIMIT {BatchRows} FOR NO KEY UPDATE SKIP LOCKED
            """;
        var sql = $"""
            WITH picked AS MATERIALIZED ({picked}), written AS ({update} RETURNING 1)
            SELECT (SELECT count(*) FROM picked), (SELECT max(path) FROM picked), (SELECT count(*) FROM written)
            """;
        var (last, done) = ("", 0L);
        while (true)
        {
            var (rows, path) = (await Command(connection, sql, last).ListAsync(r => (r.GetInt64(0), r.IsDBNull(1) ? "" : r.GetString(1)), cancellation))[0];
            if (rows == 0) return;
            (last, done) = (path, done + rows);
            await progress(done);
        }
    }

    /// <summary>The rows still without an answer for which there is one: locked ones, new ones, several of one path.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> FillRestAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var picked = $"""
            SELECT ctid, {table.ImageColSql} AS path FROM {table.Sql}
            WHERE {Next(table.Columns.Source)} IS NULL AND {table.ImageColSql} IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED
            """;
        return await Command(connection, $"WITH picked AS MATERIALIZED ({picked}) {update}", null).RunAsync(cancellation);
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, string? after)
    {
        var command = connection.Command(sql, table.Workspace, table.PipelineIds, version.VersionId);
        if (after is not null) command.Parameters.Add(new NpgsqlParameter { Value = after });
        command.CommandTimeout = 0;
        return command;
    }

    private static string Update(RekeyTable table) =>
        $"""
         UPDATE {table.Sql} AS t
         SET {Next(table.Columns.Keyword)} = a.keyword, {Next(table.Columns.Score)} = a.score,
             {Next(table.Columns.Version)} = a.version, {Next(table.Columns.Source)} = a.source
         FROM (
             SELECT p.ctid AS row_id, entry.*
             FROM picked p
             JOIN thanosql.image i ON i.bucket = thanosql.object_bucket(p.path, $1) AND i.key = thanosql.object_key(p.path)
             CROSS JOIN LATERAL thanosql.index_entry(thanosql.pipeline_of($2, i.bucket, i.key), i.image_id, $3) AS entry
         ) a
         WHERE t.ctid = a.row_id AND a.source IS NOT NULL
         """;

    private static string Next(string column) => Identifier.Quote(column + "_next");
}
