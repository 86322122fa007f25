using NpgsqlTypes;
using ThanoSql.Catalog.Audits;

namespace ThanoSql.Catalog.Labels;

/// <summary>A row of the view <c>thanosql.labels</c>.</summary>
/// <param name="State"><c>confirmed</c>, or <c>to confirm</c> when the picture was overwritten since.</param>
public sealed record HumanLabel(
    string Bucket, string Path, string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt);

/// <summary>
/// Human labels. A label shows in the index columns of the image's tables as soon as it is given, and in the shop's own label column where a pipeline
/// has one; the next version of the model is trained on it.
/// </summary>
public sealed class LabelLedger(NpgsqlDataSource database, Workspace workspace, ILogger<LabelLedger> logger)
{
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
    public async Task<IReadOnlyDictionary<string, string?>> SetAsync(
        string bucket, string key, string? label, string by, CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, string?>();
        await ShortTransaction.RunAsync(
            database, logger,
            async connection =>
            {
                labels.Clear();
                await Actor.NameAsync(connection, Actor.OfToken(by), cancellationToken);
                foreach (var (name, kept) in await SetAsync(connection, bucket, key, label, by, cancellationToken))
                    labels[name] = kept;
            },
            cancellationToken);
        return labels;
    }

    private async Task<List<(string Pipeline, string? Label)>> SetAsync(
        NpgsqlConnection connection, string bucket, string key, string? label, string by, CancellationToken cancellationToken)
    {
        var tables = await ServingTables.LoadAsync(connection, workspace.Bucket, hold: true, cancellationToken);
        var image = await connection.Command(
            "SELECT image_id FROM thanosql.image WHERE bucket = $1 AND key = $2 AND state <> 'gone' FOR SHARE", bucket, key)
            .ScalarAsync<long?>(cancellationToken);
        if (image is null)
            return [];
        var showing = await ShowingAsync(connection, tables, bucket, key, image.Value, cancellationToken);
        // A pipeline that waits for its model learns from labels, too
        var waiting = (await PipelineCatalog.ListAsync(connection, cancellationToken))
            .Where(p => p is { Active: false, HasFile: true } && p.Covers(bucket, key));
        var labels = new List<(string, string?)>();
        foreach (var pipeline in showing.Select(s => s.Pipeline).Concat(waiting).DistinctBy(p => p.PipelineId))
            labels.Add((pipeline.Definition.Name, await WriteAsync(connection, pipeline, image.Value, label, by, cancellationToken)));
        foreach (var (table, _) in showing)
        {
            foreach (var refusal in (await RowWriter.WriteAsync(connection, table, [image.Value], cancellationToken)).Values)
                throw new CatalogException(refusal.Reason);
        }
        return labels;
    }

    /// <summary>The tables that the picture belongs to, by prefix or because a row names it, each with the pipeline that feeds it there.</summary>
    private static async Task<List<(PipelineTable Table, PipelineRow Pipeline)>> ShowingAsync(
        NpgsqlConnection connection, IReadOnlyList<PipelineTable> tables, string bucket, string key, long image, CancellationToken cancellationToken)
    {
        var showing = new List<(PipelineTable, PipelineRow)>();
        foreach (var table in tables)
        {
            if (!table.Covers(bucket, key) && (await ServingTables.NamedAsync(connection, table, [image], cancellationToken)).Count == 0)
                continue;
            var feeding = await connection.Command("SELECT thanosql.pipeline_of($1, $2, $3)", table.PipelineIds, bucket, key)
                .ScalarAsync<int>(cancellationToken);
            showing.Add((table, table.Pipelines.Single(p => p.PipelineId == feeding)));
        }
        return showing;
    }

    private async Task<string?> WriteAsync(
        NpgsqlConnection connection, PipelineRow pipeline, long image, string? label, string by, CancellationToken cancellationToken)
    {
        var kept = label is null ? null
            : await connection.Command("SELECT thanosql.label_of($1, $2)", pipeline.PipelineId, label).ScalarAsync<string>(cancellationToken);
        if (pipeline.Active && pipeline.Definition.LabelCol is not null)
            await WriteColumnAsync(connection, pipeline.Definition, image, kept, cancellationToken);
        if (kept is null)
        {
            await connection.Command(
                """
                DELETE FROM thanosql.label l USING thanosql.image i
                WHERE i.image_id = $2 AND l.pipeline_id = $1 AND l.bucket = i.bucket AND l.key = i.key
                """,
                pipeline.PipelineId, image).RunAsync(cancellationToken);
            return null;
        }
        await connection.Command(
            """
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT $1, bucket, key, content_id, $3, $4 FROM thanosql.image WHERE image_id = $2
            ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
            SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by, labelled_at = now()
            """,
            pipeline.PipelineId, image, kept, by).RunAsync(cancellationToken);
        return kept;
    }

    // The shop's own column must not contradict the label that is kept
    private async Task WriteColumnAsync(
        NpgsqlConnection connection, PipelineDefinition pipeline, long image, string? label, CancellationToken cancellationToken)
    {
        var (column, path) = (Identifier.Quote(pipeline.LabelCol!), Identifier.Quote(pipeline.ImageCol));
        await using var update = connection.Command(
            $"""
             UPDATE public.{Identifier.Quote(pipeline.Table)} t SET {column} = $3
             FROM thanosql.image i
             WHERE i.image_id = $1 AND t.{path} = ANY (thanosql.path_spellings(i.bucket, i.key, $2) COLLATE "default")
               AND t.{column}::text IS DISTINCT FROM $4
             """,
            image, workspace.Bucket);
        // Of the type that the column has
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown });
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
