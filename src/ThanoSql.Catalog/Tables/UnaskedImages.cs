namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Images that were written while one table could not be asked whether its rows name them. Nothing waited for that table; when it can be asked, those
/// that belong to it are looked at again.
/// </summary>
public sealed class UnaskedImages(NpgsqlDataSource database, TableSessions sessions, Workspace workspace)
{
    private const int Batch = 1000;

    /// <summary>Remembers them, in the transaction that writes the images.</summary>
    /// <param name="connection">The owner's or a table session's.</param>
    /// <param name="pass">Of the process's sessions.</param>
    /// <param name="unasked">The id of a table's oldest pipeline, and an image.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public static async Task NoteAsync(
        NpgsqlConnection connection, Guid pass, IReadOnlyCollection<(int Pipeline, long Image)> unasked, CancellationToken cancellationToken)
    {
        if (unasked.Count > 0)
        {
            await connection.Command(
                "SELECT thanosql.note_unasked($1, $2, $3)", pass, unasked.Select(u => u.Pipeline).ToArray(), unasked.Select(u => u.Image).ToArray())
                .RunAsync(cancellationToken);
        }
    }

    /// <summary>Asks the tables that can be asked now; the images that belong to them become due.</summary>
    public async Task ResolveAsync(CancellationToken cancellationToken)
    {
        var noted = await database.Command("SELECT DISTINCT pipeline_id FROM thanosql.unasked_image").ListAsync<int>(cancellationToken);
        if (noted.Count == 0)
            return;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var table in PipelineTable.Of(await PipelineCatalog.ListAsync(connection, cancellationToken), workspace.Bucket))
        {
            if (table.Active && table.PipelineIds.Intersect(noted).Any())
                await ResolveAsync(connection, table, cancellationToken);
        }
    }

    private async Task ResolveAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        while (true)
        {
            var unasked = await connection.Command(
                """
                SELECT u.image_id, u.noted, i.bucket, i.key FROM thanosql.unasked_image u JOIN thanosql.image i USING (image_id)
                WHERE u.pipeline_id = ANY ($1) LIMIT $2
                """,
                table.PipelineIds, Batch).ListAsync<(long ImageId, Guid Noted, string Bucket, string Key)>(cancellationToken);
            if (unasked.Count == 0 || await BelongingAsync(table, [.. unasked.Select(u => (u.ImageId, u.Bucket, u.Key))], cancellationToken)
                is not { } belonging)
            {
                return;
            }
            await ForgetAsync(connection, table, [.. unasked.Select(u => (u.ImageId, u.Noted))], belonging, cancellationToken);
        }
    }

    /// <returns>Null when the table still cannot be asked.</returns>
    private async Task<HashSet<long>?> BelongingAsync(
        PipelineTable table, List<(long ImageId, string Bucket, string Key)> images, CancellationToken cancellationToken)
    {
        await using var session = await sessions.OpenAsync(cancellationToken);
        var named = await ServingTables.NamedAsync(session, table, images, cancellationToken);
        named?.UnionWith(images.Where(i => table.Covers(i.Bucket, i.Key)).Select(i => i.ImageId));
        return named;
    }

    private static async Task ForgetAsync(
        NpgsqlConnection connection, PipelineTable table, List<(long ImageId, Guid Noted)> asked, HashSet<long> belonging,
        CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command(
            """
            SELECT count(*) FROM (
                SELECT array_agg(ROW(i.bucket, i.key, 'row', NULL, NULL, NULL)::thanosql.due_object) AS objects
                FROM thanosql.image i WHERE i.image_id = ANY ($1)) d, thanosql.make_due(d.objects, '{indexed,failed,gone}', false)
            """,
            (object)belonging.ToArray()).RunAsync(cancellationToken);
        // One that was noted again meanwhile is asked for again
        await connection.Command(
            """
            DELETE FROM thanosql.unasked_image u USING unnest($2::bigint[], $3::uuid[]) AS a (image_id, noted)
            WHERE u.pipeline_id = ANY ($1) AND u.image_id = a.image_id AND u.noted = a.noted
            """,
            table.PipelineIds, asked.Select(a => a.ImageId).ToArray(), asked.Select(a => a.Noted).ToArray()).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
