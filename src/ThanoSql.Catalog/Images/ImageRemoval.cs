namespace ThanoSql.Catalog.Images;

/// <summary>
/// Removes at once what is known of a picture whose object was deleted: its rows or their index columns, as <c>on_delete</c> of its pipelines says,
/// then its image and labels, and its embedding and keywords unless another picture is the same.
/// </summary>
public sealed class ImageRemoval(NpgsqlDataSource database, TableSessions sessions, Workspace workspace, ILogger<ImageRemoval> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // somebody waits for the answer

    /// <param name="bucket">Of the picture.</param>
    /// <param name="key">Of the picture, in Unicode NFC.</param>
    /// <param name="by">Who asks for it, for the audit.</param>
    /// <param name="wasStored">Whether there was an object until now: then its end is noted although nothing is known of it.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <returns>Whether it was known.</returns>
    /// <exception cref="CatalogException">A table does not take the change.</exception>
    /// <exception cref="TableTroubleException">Somebody holds a table, or what hangs on it is slow; the message says which.</exception>
    public async Task<bool> RemoveAsync(string bucket, string key, string by, bool wasStored, CancellationToken cancellationToken)
    {
        var known = false;
        await ShortTransaction.RunAsync(
            sessions, logger,
            async session =>
            {
                await EndAsync(session, bucket, key, cancellationToken);
                known = await session.Call("SELECT thanosql.forget_image($1, $2, $3, $4, $5)", bucket, key, by, wasStored)
                    .ScalarAsync<bool>(cancellationToken);
            },
            Patience, cancellationToken);
        return known;
    }

    private async Task EndAsync(TableSession session, string bucket, string key, CancellationToken cancellationToken)
    {
        await using var catalog = await database.OpenConnectionAsync(cancellationToken);
        var (showing, busy) = await ShowingTables.HoldAsync(
            session, catalog, workspace.Bucket, new Pictures([bucket], [key]), cancellationToken);
        // A table that is being filled may get its row meanwhile
        var filled = (await PipelineCatalog.ListAsync(catalog, cancellationToken)).Find(p => busy.Contains(p.PipelineId) && p.Covers(bucket, key));
        if (filled is not null)
            throw new TableTroubleException($"Table '{filled.Definition.Table}' is being filled. Ask again later.");
        if (await session.Call("SELECT thanosql.end_image($1, $2, $3)", bucket, key).ScalarAsync<long?>(cancellationToken) is not { } image)
            return;
        foreach (var (table, _) in showing)
        {
            foreach (var refusal in (await RowWriter.WriteAsync(session, table, [image], cancellationToken)).Values)
                throw refusal.Passing ? new TableTroubleException(refusal.Reason) : new CatalogException(refusal.Reason);
        }
    }
}
