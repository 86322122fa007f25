using NpgsqlTypes;

namespace ThanoSql.Catalog.Tables;

/// <summary>Rows that pipelines deleted with their pictures (<c>on_delete: delete</c>), kept for a while.</summary>
public sealed class DeletedRows(NpgsqlDataSource database, TableSessions sessions, PipelineCatalog pipelines, Workspace workspace)
{
    private const int AtOnce = 5000;

    /// <summary>How many are kept of each table.</summary>
    public Task<List<KeptRows>> ListAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT table_name AS "table", count(*) AS rows, min(deleted_at) AS first, max(deleted_at) AS last FROM thanosql.deleted_row
        GROUP BY table_name ORDER BY table_name
        """).ListAsync<KeptRows>(cancellationToken);

    /// <summary>
    /// Brings a table's rows back, in one transaction. A path that the table names again is passed over; of one that was deleted twice, the last row
    /// comes. The rows stay until their picture comes and goes again.
    /// </summary>
    /// <param name="table">Of pipelines.</param>
    /// <param name="since">Deleted then or later.</param>
    /// <param name="cancellationToken">Nothing comes back.</param>
    /// <returns>How many came back, and how many were passed over.</returns>
    /// <exception cref="CatalogException">No pipeline has such a table.</exception>
    /// <exception cref="PostgresException">The table does not take a row; nothing came back.</exception>
    public async Task<(int Restored, int PassedOver)> RestoreAsync(string table, DateTime since, CancellationToken cancellationToken)
    {
        var target = PipelineTable.Of(await pipelines.ListAsync(cancellationToken), workspace.Bucket).Find(t => t.Name == table)
            ?? throw new CatalogException($"No pipeline fills a table '{table}'.");
        var columns = await ColumnsAsync(target, since, cancellationToken);
        await using var session = await sessions.OpenAsync(cancellationToken);
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        var (restored, taken) = (0, 0);
        while (await TakeAsync(session, table, since, cancellationToken) is { Count: > 0 } kept)
        {
            taken += kept.Count;
            restored += await MakeAsync(session, target, columns, kept, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        return (restored, taken - restored);
    }

    /// <summary>Forgets rows that were deleted longer ago.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(TimeSpan age, CancellationToken cancellationToken) =>
        database.Command("DELETE FROM thanosql.deleted_row WHERE deleted_at < now() - $1", age).RunAsync(cancellationToken);

    // Those that the table has and that can be written; what it got meanwhile keeps its default
    private Task<List<string>> ColumnsAsync(PipelineTable table, DateTime since, CancellationToken cancellationToken) => database.Command(
        """
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
          AND EXISTS (SELECT FROM thanosql.deleted_row d WHERE d.table_name = $2 AND d.deleted_at >= $3 AND d.content ? a.attname::text)
        ORDER BY a.attnum
        """,
        table.Sql, table.Name, since).ListAsync<string>(cancellationToken);

    private static Task<List<Kept>> TakeAsync(TableSession session, string table, DateTime since, CancellationToken cancellationToken) =>
        session.Call(
            "SELECT pipeline_id, image_id, content::text AS content, deleted_at FROM thanosql.take_deleted($1, $2, $3, $4)", table, since, AtOnce)
            .ListAsync<Kept>(cancellationToken);

    private static async Task<int> MakeAsync(
        TableSession session, PipelineTable table, IEnumerable<string> columns, List<Kept> kept, CancellationToken cancellationToken)
    {
        var restore = session.Command(
            RowStatements.Restore(table, columns), kept.Select(k => k.PipelineId).ToArray(), kept.Select(k => k.ImageId).ToArray());
        restore.Parameters.Add(
            new NpgsqlParameter { Value = kept.Select(k => k.Content).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        restore.Parameters.Add(new NpgsqlParameter { Value = kept.Select(k => k.DeletedAt).ToArray() });
        restore.CommandTimeout = TableFill.StatementSeconds;
        var made = await restore.ListAsync<(int Pipeline, long Image)>(cancellationToken);
        foreach (var pipeline in made.GroupBy(m => m.Pipeline))
        {
            await session.Call("SELECT thanosql.note_made($1, $2, $3)", pipeline.Key, pipeline.Select(m => m.Image).ToArray())
                .RunAsync(cancellationToken);
        }
        return made.Count;
    }

    private sealed record Kept(int PipelineId, long ImageId, string Content, DateTime DeletedAt);
}

/// <summary>What is kept of a table.</summary>
/// <param name="First">When the first of them was deleted (UTC).</param>
/// <param name="Last">When the last of them was.</param>
public sealed record KeptRows(string Table, long Rows, DateTime First, DateTime Last);
