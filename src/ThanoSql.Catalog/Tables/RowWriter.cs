namespace ThanoSql.Catalog.Tables;

/// <summary>Writes the answers for images into the rows of a pipeline's table, inside the transaction that writes the images themselves.</summary>
public static class RowWriter
{
    /// <summary>
    /// Makes, updates, clears or removes the rows of these images. A row that cannot be written does not keep others from being written.
    /// </summary>
    /// <param name="connection">In a transaction that holds the images and the model (<see cref="ServingTables.LoadAsync"/>).</param>
    /// <param name="table">Whose rows.</param>
    /// <param name="images">With their new state written already.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <returns>Images whose row the table refuses, with the reason.</returns>
    public static async Task<IReadOnlyDictionary<long, RowRefusal>> WriteAsync(
        NpgsqlConnection connection, PipelineTable table, IReadOnlyCollection<long> images, CancellationToken cancellationToken)
    {
        var refused = new Dictionary<long, RowRefusal>();
        if (images.Count == 0 || await TryAsync(connection, table, images.Order().ToArray(), cancellationToken) is not { } first)
            return refused;
        if (images.Count == 1)
        {
            refused[images.Single()] = first;
        }
        else
        {
            foreach (var image in images.Order())
            {
                if (await TryAsync(connection, table, [image], cancellationToken) is { } refusal)
                    refused[image] = refusal;
            }
        }
        return refused;
    }

    /// <summary>Puts labels of pictures that changed up for confirmation; a label that came before its picture belongs to the first one.</summary>
    public static Task CheckLabelsAsync(NpgsqlConnection connection, IReadOnlyCollection<long> images, CancellationToken cancellationToken) =>
        connection.Command(
            """
            UPDATE thanosql.label l
            SET content_id = i.content_id, state = CASE WHEN l.content_id IS NULL THEN l.state ELSE 'to confirm' END
            FROM thanosql.image i
            WHERE i.image_id = ANY ($1) AND i.bucket = l.bucket AND i.key = l.key
              AND i.content_id IS NOT NULL AND l.content_id IS DISTINCT FROM i.content_id
            """,
            (object)images.ToArray()).RunAsync(cancellationToken);

    private static async Task<RowRefusal?> TryAsync(
        NpgsqlConnection connection, PipelineTable table, long[] images, CancellationToken cancellationToken)
    {
        await connection.Command("SAVEPOINT rows").RunAsync(cancellationToken);
        try
        {
            await ApplyAsync(connection, table, images, cancellationToken);
            await connection.Command("RELEASE SAVEPOINT rows").RunAsync(cancellationToken);
            return null;
        }
        catch (PostgresException error) when (RowRefusal.Of(error, table.Name) is not null)
        {
            await connection.Command("ROLLBACK TO SAVEPOINT rows").RunAsync(cancellationToken);
            return RowRefusal.Of(error, table.Name);
        }
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, PipelineTable table, long[] images, CancellationToken cancellationToken)
    {
        foreach (var pipeline in table.Pipelines.Where(p => p.Active && p.Definition.Rows == RowOrigin.Create))
        {
            await connection.Command(
                RowStatements.Create(table, "SELECT unnest($6::bigint[])"),
                pipeline.PipelineId, table.Current.VersionId, pipeline.Definition.Bucket, pipeline.Prefix, table.Workspace, images)
                .RunAsync(cancellationToken);
        }
        var deleting = table.Pipelines.Where(p => p.Active && p.Definition.OnDelete == DeleteRule.Delete).Select(p => p.PipelineId).ToArray();
        if (deleting.Length > 0)
            await connection.Command(RowStatements.Delete(table), images, table.Workspace, deleting).RunAsync(cancellationToken);
        await UpdateAsync(table.Columns, table.Current);
        if (table is { Next: { } next, HasNextColumns: true })
            await UpdateAsync(table.Columns.Next(), next);

        Task<int> UpdateAsync(IndexColumns columns, ServedVersion version) =>
            connection.Command(RowStatements.Update(table, columns), images, version.VersionId, table.Workspace, table.PipelineIds)
                .RunAsync(cancellationToken);
    }
}

/// <summary>Why a table did not take a row.</summary>
/// <param name="Reason">For people.</param>
/// <param name="Passing">Somebody holds the row or table: trying again later may help.</param>
public sealed record RowRefusal(string Reason, bool Passing)
{
    /// <summary>Null when the error is not the table's: then the whole transaction failed.</summary>
    internal static RowRefusal? Of(PostgresException error, string table) => error.SqlState[..2] switch
    {
        _ when error.SqlState is PostgresErrorCodes.LockNotAvailable => new($"A row of table '{table}' is locked by somebody else.", Passing: true),
        _ when error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn =>
            new($"Table '{table}' was replaced meanwhile.", Passing: true),
        // data, constraints, a trigger's own error, privileges, a check of the shop's
        "22" or "23" or "42" or "44" or "P0" or "0A" or "09" or "2F" or "38" or "39" or "54" => new(
            $"Table '{table}' does not take the row: {error.MessageText}{(error.Detail is { } detail ? $" ({detail})" : "")}", Passing: false),
        _ => null,
    };
}
