using NpgsqlTypes;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Catalog.Labels;

/// <summary>A row of the view <c>thanosql.labels</c>.</summary>
/// <param name="State"><c>confirmed</c>, or <c>to confirm</c> when the picture was overwritten since.</param>
public sealed record HumanLabel(
    string Bucket, string Path, string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt);

/// <summary>
/// Human labels. A label shows in the index columns of the image's tables as soon as it is given, and in the shop's own label column where a pipeline
/// has one; the next version of the model is trained on it.
/// </summary>
public sealed class LabelLedger(NpgsqlDataSource database, TableSessions sessions, Workspace workspace, ILogger<LabelLedger> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // somebody looks at a page

    /// <summary>Human labels, the latest first, up to <paramref name="limit"/>.</summary>
    /// <param name="state">Null for all.</param>
    public Task<List<HumanLabel>> ListAsync(string? state, int limit, CancellationToken cancellationToken) => database.Command(
        """
        SELECT bucket, path, pipeline, model, label, state, labelled_by, labelled_at FROM thanosql.labels
        WHERE $1::text IS NULL OR state = $1 ORDER BY labelled_at DESC, bucket, path LIMIT $2
        """,
        state, limit).ListAsync<HumanLabel>(cancellationToken);

    /// <summary>Gives a picture its label, confirms the one it has, or (null) takes it back.</summary>
    /// <param name="bucket">Of the picture.</param>
    /// <param name="key">Of the picture.</param>
    /// <param name="label">A synonym counts as its label.</param>
    /// <param name="by">Who gives it.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <returns>The label as it is kept, for each pipeline that shows the picture; empty when none does, or there is no such picture.</returns>
    /// <exception cref="CatalogException">A table does not take the row.</exception>
    /// <exception cref="TableTroubleException">Somebody holds a table, or what hangs on it is slow; the message says which.</exception>
    public async Task<IReadOnlyDictionary<string, string?>> SetAsync(
        string bucket, string key, string? label, string by, CancellationToken cancellationToken)
    {
        if (label is not null && PlainWord.Of(label).Length == 0)
            throw new CatalogException("The label has no letter that anybody sees.");
        var labels = new Dictionary<string, string?>();
        await ShortTransaction.RunAsync(
            sessions, logger,
            async session =>
            {
                labels.Clear();
                foreach (var (name, kept) in await SetAsync(session, new Picture(bucket, key), label, by, cancellationToken))
                    labels[name] = kept;
            },
            Patience, cancellationToken);
        return labels;
    }

    private async Task<List<(string Pipeline, string? Label)>> SetAsync(
        TableSession session, Picture picture, string? label, string by, CancellationToken cancellationToken)
    {
        await using var catalog = await database.OpenConnectionAsync(cancellationToken);
        var (showing, busy) = await ShowingTables.HoldAsync(
            session, catalog, workspace.Bucket, (picture.Bucket, picture.Key), cancellationToken);
        var image = await session.Call("SELECT thanosql.hold_image($1, $2, $3)", picture.Bucket, picture.Key).ScalarAsync<long?>(cancellationToken);
        if (image is null)
            return [];
        // Of a table that is being filled nobody knows whether it has passed the picture
        await UnaskedImages.NoteAsync(session.Connection, session.Pass, [.. busy.Select(b => (b, image.Value))], cancellationToken);
        // A pipeline that waits for its model learns from labels, too
        var waiting = (await PipelineCatalog.ListAsync(catalog, cancellationToken))
            .Where(p => p is { Active: false, HasFile: true } && p.Covers(picture.Bucket, picture.Key));
        var labels = new List<(string, string?)>();
        foreach (var pipeline in showing.Select(s => s.Pipeline).Concat(waiting).DistinctBy(p => p.PipelineId))
        {
            var kept = label is null ? null
                : await catalog.Command("SELECT thanosql.label_of($1, $2)", pipeline.PipelineId, label).ScalarAsync<string>(cancellationToken);
            await session.Call("SELECT thanosql.set_label($1, $2, $3, $4, $5)", pipeline.PipelineId, image.Value, kept, by)
                .RunAsync(cancellationToken);
            // After it: the row's trigger has nothing to say then
            if (pipeline.Active && pipeline.Definition.LabelCol is not null)
                await WriteColumnAsync(session, pipeline.Definition, picture, kept, cancellationToken);
            labels.Add((pipeline.Definition.Name, kept));
        }
        foreach (var (table, _) in showing)
        {
            foreach (var refusal in (await RowWriter.WriteAsync(session, table, [image.Value], cancellationToken)).Values)
                throw refusal.Passing ? new TableTroubleException(refusal.Reason) : new CatalogException(refusal.Reason);
        }
        return labels;
    }

    // The shop's own column must not contradict the label that is kept
    private async Task WriteColumnAsync(
        TableSession session, PipelineDefinition pipeline, Picture picture, string? label, CancellationToken cancellationToken)
    {
        var (column, path) = (Identifier.Quote(pipeline.LabelCol!), Identifier.Quote(pipeline.ImageCol));
        await using var update = session.Command(
            $"""
             UPDATE public.{Identifier.Quote(pipeline.Table)} t SET {column} = $4
             WHERE t.{path} = ANY (thanosql.path_spellings($1, $2, $3) COLLATE "default") AND t.{column}::text IS DISTINCT FROM $5
             """,
            picture.Bucket, picture.Key, workspace.Bucket);
        // Of the type that the column has
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown });
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Picture(string Bucket, string Key);
}
