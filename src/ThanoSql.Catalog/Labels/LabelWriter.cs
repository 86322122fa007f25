namespace ThanoSql.Catalog.Labels;

/// <summary>Writes what somebody says of pictures, in one transaction with the rows that show them.</summary>
internal sealed class LabelWriter(NpgsqlDataSource database, Workspace workspace, Disagreement disagreement)
{
    /// <param name="session">In a transaction.</param>
    /// <param name="said">In the order in which pictures are held.</param>
    /// <param name="by">Who says it.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <returns>One for each, in order.</returns>
    /// <exception cref="RowsRefusedException">Tables do not take rows of some: roll back, and write the others.</exception>
    public async Task<IReadOnlyList<LabelOutcome>> WriteAsync(
        TableSession session, IReadOnlyList<SaidLabel> said, Speaker by, CancellationToken cancellationToken)
    {
        await using var catalog = await database.OpenConnectionAsync(cancellationToken);
        var pictures = new Pictures([.. said.Select(s => s.Bucket)], [.. said.Select(s => s.Key)]);
        var (tables, busy) = await ShowingTables.HoldAsync(session, catalog, workspace.Bucket, pictures, cancellationToken);
        var images = await session.Call(
            "SELECT thanosql.hold_image($1, p.bucket, p.key) FROM unnest($2, $3) WITH ORDINALITY AS p (bucket, key, place) ORDER BY place",
            pictures.Buckets, pictures.Keys).ListAsync<long?>(cancellationToken);
        // Of a table that is being filled nobody knows whether it has passed the pictures
        await UnaskedImages.NoteAsync(
            session.Connection, session.Pass, [.. busy.SelectMany(b => images.OfType<long>().Distinct(), (b, image) => (b, image))],
            cancellationToken);
        var pipelines = await PipelineCatalog.ListAsync(catalog, cancellationToken);
        var outcomes = new List<LabelOutcome>();
        foreach (var (place, word) in said.Index())
        {
            var showing = tables.Select(t => t.Feeding[place]).OfType<PipelineRow>()
                // A pipeline that waits for its model learns from labels, too
                .Concat(pipelines.Where(p => p is { Active: false, HasFile: true } && p.Covers(word.Bucket, word.Key)))
                .DistinctBy(p => p.PipelineId).ToList();
            outcomes.Add(images[place] is { } image ? await SayAsync(session, word, image, showing, by, cancellationToken) : LabelOutcome.Nowhere);
        }
        await WriteRowsAsync(session, tables, images, outcomes, cancellationToken);
        return outcomes;
    }

    private async Task<LabelOutcome> SayAsync(
        TableSession session, SaidLabel word, long image, List<PipelineRow> pipelines, Speaker by, CancellationToken cancellationToken)
    {
        var outcome = LabelOutcome.Nowhere with { Pipelines = [.. pipelines.Select(p => p.Definition.Name)] };
        await session.Command("SAVEPOINT label").RunAsync(cancellationToken);
        try
        {
            foreach (var pipeline in pipelines)
            {
                var kept = await SayAsync(session, word, image, pipeline, by, cancellationToken);
                if (word.IsDoubtful)
                    await session.Call("SELECT thanosql.doubt_label($1, $2, $3)", pipeline.PipelineId, image).RunAsync(cancellationToken);
                // After it: the row's trigger has nothing to say then
                if (pipeline.Active && pipeline.Definition.LabelCol is not null)
                {
                    await LabelColumn.WriteAsync(
                        session, pipeline.Definition, workspace.Bucket, (word.Bucket, word.Key), kept?.Label, cancellationToken);
                }
                outcome = outcome with { Label = outcome.Label ?? kept?.Label, IsDisputed = outcome.IsDisputed || kept is { Disputed: true } };
            }
            await session.Command("RELEASE SAVEPOINT label").RunAsync(cancellationToken);
            return outcome;
        }
        catch (PostgresException error) when (RowRefusal.Of(error, word.Key) is { Passing: false })
        {
            await session.Command("ROLLBACK TO SAVEPOINT label").RunAsync(cancellationToken);
            return LabelOutcome.Refused(error);
        }
    }

    /// <returns>What is in force afterwards; null when nothing is.</returns>
    private async Task<Kept?> SayAsync(
        TableSession session, SaidLabel word, long image, PipelineRow pipeline, Speaker by, CancellationToken cancellationToken) =>
        (await session.Call(
            "SELECT label, disputed FROM thanosql.say_label($1, $2, $3, $4, $5, $6, $7, $8)",
            pipeline.PipelineId, image, word.Label, by.Name, by.Actor, by.Settles, disagreement == Disagreement.Admin)
            .ListAsync<Kept>(cancellationToken)).SingleOrDefault();

    private static async Task WriteRowsAsync(
        TableSession session, IReadOnlyList<ShowingTable> tables, List<long?> images, List<LabelOutcome> outcomes,
        CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            var shown = images.Where((image, place) => image is not null && table.Feeding[place] is not null && outcomes[place].Refusal is null)
                .OfType<long>().Distinct().ToList();
            var refused = await RowWriter.WriteAsync(session, table.Table, shown, cancellationToken);
            if (refused.Count == 0)
                continue;
            var places = Enumerable.Range(0, images.Count).Where(p => images[p] is { } image && refused.ContainsKey(image));
            throw new RowsRefusedException([.. places.Select(p => (p, Error(refused[images[p]!.Value])))]);
        }

        static Exception Error(RowRefusal refusal) =>
            refusal.Passing ? new TableTroubleException(refusal.Reason) : new CatalogException(refusal.Reason);
    }

    private sealed record Kept(string Label, bool Disputed);
}

/// <summary>Tables do not take rows of some of the pictures.</summary>
/// <param name="reasons">By their places.</param>
internal sealed class RowsRefusedException(IReadOnlyList<(int Place, Exception Why)> reasons) : Exception("Tables do not take some rows.")
{
    public IReadOnlyList<(int Place, Exception Why)> Reasons => reasons;
}
