namespace ThanoSql.Catalog.Labels;

/// <summary>
/// Renames what people said of pictures, with the rows that show it: a hundred in a transaction, so that nobody waits long for a row.
/// </summary>
public sealed class LabelRenamer(NpgsqlDataSource database, TableSessions sessions, Workspace workspace, ILogger<LabelRenamer> logger)
{
    /// <summary>Asked again after it was stopped, it does the rest.</summary>
    /// <param name="model">Whose pipelines' labels.</param>
    /// <param name="from">As it is spelled.</param>
    /// <param name="to">As it is spelled from now on.</param>
    /// <param name="report">How many of how many are done.</param>
    /// <param name="cancellationToken">Stops between two transactions.</param>
    /// <returns>How many labels were renamed.</returns>
    /// <exception cref="CatalogException">A table does not take the label; the message says which and why.</exception>
    public async Task<long> RenameAsync(string model, string from, string to, Action<long, long> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(report);
        var renamed = 0L;
        // Again until there is none: people go on while it is renamed
        while (await ListAsync(model, from, cancellationToken) is { Count: > 0 } left)
        {
            foreach (var batch in left.Chunk(LabelLedger.PerTransaction))
            {
                await ShortTransaction.RunAsync(
                    sessions, logger, session => RenameAsync(session, model, batch, from, to, cancellationToken), cancellationToken);
                report(renamed += batch.Length, left.Count);
            }
        }
        return renamed;
    }

    // In the order in which pictures are held
    private Task<List<Said>> ListAsync(string model, string label, CancellationToken cancellationToken) => database.Command(
        """
        SELECT l.pipeline_id, l.bucket, l.key FROM thanosql.label l JOIN thanosql.pipeline p USING (pipeline_id)
        WHERE p.model_name = $1 AND l.label = $2 ORDER BY l.bucket, l.key, l.pipeline_id
        """,
        model, label).ListAsync<Said>(cancellationToken);

    private async Task RenameAsync(
        TableSession session, string model, Said[] said, string from, string to, CancellationToken cancellationToken)
    {
        await using var catalog = await database.OpenConnectionAsync(cancellationToken);
        var pictures = new Pictures([.. said.Select(s => s.Bucket)], [.. said.Select(s => s.Key)]);
        var (tables, busy) = await ShowingTables.HoldAsync(session, catalog, workspace.Bucket, pictures, cancellationToken);
        var images = await session.Call(
            "SELECT thanosql.hold_image($1, p.bucket, p.key) FROM unnest($2, $3) WITH ORDINALITY AS p (bucket, key, place) ORDER BY place",
            pictures.Buckets, pictures.Keys).ListAsync<long?>(cancellationToken);
        await UnaskedImages.NoteAsync(
            session.Connection, session.Pass, [.. busy.SelectMany(b => images.OfType<long>().Distinct(), (b, image) => (b, image))],
            cancellationToken);
        await session.Call(
            "SELECT thanosql.rename_labels($1, $2, $3, $4, $5, $6)", said.Select(s => s.PipelineId).ToArray(), pictures.Buckets, pictures.Keys, from,
            to).RunAsync(cancellationToken);
        foreach (var showing in tables.Where(t => t.Table.Model == model))
            await ShowAsync(session, showing, said, images, to, cancellationToken);
    }

    private async Task ShowAsync(
        TableSession session, ShowingTable showing, Said[] said, List<long?> images, string label, CancellationToken cancellationToken)
    {
        var places = Enumerable.Range(0, said.Length)
            .Where(p => images[p] is not null && showing.Feeding[p] is { } feeding && feeding.PipelineId == said[p].PipelineId).ToList();
        foreach (var place in places.Where(p => showing.Feeding[p] is { Active: true, Definition.LabelCol: not null }))
        {
            await LabelColumn.WriteAsync(
                session, showing.Feeding[place]!.Definition, workspace.Bucket, (said[place].Bucket, said[place].Key), label, cancellationToken);
        }
        var refused = await RowWriter.WriteAsync(
            session, showing.Table, places.Select(p => images[p]!.Value).Distinct().ToList(), cancellationToken);
        if (refused.Count > 0)
            throw new CatalogException($"{refused.Values.First().Reason}. Change what hangs on the table, and ask again.");
    }

    private sealed record Said(int PipelineId, string Bucket, string Key);
}
