using ThanoSql.Storage;

namespace ThanoSql.Catalog.Labels;

/// <summary>What people are to look at next, of the pictures under a pipeline's prefix.</summary>
public sealed class LabelWork(NpgsqlDataSource database, Workspace workspace)
{
    private const string Columns = """
        i.image_id, i.content_id, i.bucket, i.key, thanosql.path_spellings(i.bucket, i.key, $4) AS spellings,
        k.keyword AS best, k.score, s.keyword AS second, s.score AS second_score, l.label,
        CASE WHEN l.disputed AND l.state = 'confirmed' THEN 'disputed' ELSE l.state END AS state, l.labelled_by, l.labelled_at
        """;

    // Read along the index of scores: pages are cut by (score, content), and pictures of one content by their own numbers
    internal const string Unsure = $"""
        SELECT {Columns}
        FROM thanosql.keyword k
        JOIN thanosql.image i ON i.content_id = k.content_id AND i.state = 'indexed' AND i.bucket = $5 AND starts_with(i.key, $6)
        LEFT JOIN thanosql.keyword s ON s.version_id = $2 AND s.content_id = k.content_id AND s.rank = 2
        LEFT JOIN thanosql.label l ON l.pipeline_id = $1 AND l.bucket = i.bucket AND l.key = i.key
        WHERE k.version_id = $2 AND k.rank = 1 AND l.pipeline_id IS NULL
          AND (k.score, k.content_id) >= ($7, $8) AND (k.score, k.content_id, i.image_id) > ($7, $8, $9)
        ORDER BY k.score, k.content_id, i.image_id LIMIT $3
        """;

    // OFFSET 0: one look at each label. Joined otherwise, the planner reads all images and keywords for a page of labels
    private const string Differing = """
        FROM thanosql.label l
        CROSS JOIN LATERAL (
            SELECT k.keyword, k.score FROM thanosql.keyword k
            WHERE k.version_id = $2 AND k.content_id = l.content_id AND k.rank = 1 AND k.keyword <> l.label OFFSET 0) k
        CROSS JOIN LATERAL (
            SELECT i.* FROM thanosql.image i
            WHERE i.bucket = l.bucket AND i.key = l.key AND i.state = 'indexed' AND i.content_id = l.content_id OFFSET 0) i
        """;

    // Read along the index of times, which takes as many labels as it needs to find a page of those that differ
    internal const string Disagreed = $"""
        SELECT {Columns} {Differing}
        LEFT JOIN thanosql.keyword s ON s.version_id = $2 AND s.content_id = l.content_id AND s.rank = 2
        WHERE l.pipeline_id = $1 AND l.state = 'confirmed' AND l.labelled_at < $5
          AND l.labelled_at <= $6 AND (l.labelled_at, l.bucket, l.key) < ($6, $7, $8)
        ORDER BY l.labelled_at DESC, l.bucket DESC, l.key DESC LIMIT $3
        """;

    internal const string Waiting = $"""
        SELECT {Columns}
        FROM thanosql.label l
        JOIN thanosql.image i ON i.bucket = l.bucket AND i.key = l.key AND i.state <> 'gone'
        LEFT JOIN thanosql.keyword k ON k.version_id = $2 AND k.content_id = i.content_id AND k.rank = 1
        LEFT JOIN thanosql.keyword s ON s.version_id = $2 AND s.content_id = i.content_id AND s.rank = 2
        WHERE l.pipeline_id = $1 AND (l.state = 'to confirm' OR l.disputed) AND (l.labelled_at, l.bucket, l.key) < ($5, $6, $7)
        ORDER BY l.labelled_at DESC, l.bucket DESC, l.key DESC LIMIT $3
        """;

    /// <summary>Where <see cref="DisagreedAsync"/> ends to count.</summary>
    public const int MostCounted = 1000;

    // Behind every key that there is
    private const string LastText = "\U0010FFFF";

    /// <summary>A page of pictures. It costs the same however far in it lies.</summary>
    /// <param name="pipeline">Whose pictures.</param>
    /// <param name="order">Which of them, and which first.</param>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<List<WorkItem>> ListAsync(
        PipelineRow pipeline, WorkOrder order, WorkItem? after, int most, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var serving = await ServingAsync(pipeline, cancellationToken);
        object[] common = [pipeline.PipelineId, serving?.VersionId ?? 0, most, workspace.Bucket];
        return (order, serving) switch
        {
            (WorkOrder.Waiting, _) => await database.Command(
                Waiting,
                [.. common, after?.LabelledAt ?? DateTime.MaxValue, after?.Bucket ?? LastText, after?.Key ?? LastText])
                .ListAsync<WorkItem>(cancellationToken),
            (WorkOrder.Unsure, not null) => await database.Command(
                Unsure,
                [.. common, pipeline.Definition.Bucket, pipeline.Prefix, after?.Score ?? -1f, after?.ContentId ?? 0, after?.ImageId ?? 0])
                .ListAsync<WorkItem>(cancellationToken),
            (WorkOrder.Disagreed, not null) => await database.Command(
                Disagreed,
                [.. common, serving.Since, after?.LabelledAt ?? DateTime.MaxValue, after?.Bucket ?? LastText, after?.Key ?? LastText])
                .ListAsync<WorkItem>(cancellationToken),
            _ => [], // no version answers yet
        };
    }

    /// <summary>How the work stands: cheap, so that it is asked for after each step.</summary>
    /// <param name="pipeline">Whose labels.</param>
    /// <param name="today">Since when a label is of today.</param>
    /// <param name="speaker">Whose own labels are counted, too: a <see cref="Speaker.Name"/>.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<LabelFigures> FiguresAsync(
        PipelineRow pipeline, DateTimeOffset today, string speaker, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return (await database.Command(
            """
            SELECT (SELECT count(*) FROM thanosql.label l
                    JOIN thanosql.image i ON i.bucket = l.bucket AND i.key = l.key AND i.state <> 'gone'
                    WHERE l.pipeline_id = $1 AND (l.state = 'to confirm' OR l.disputed)) AS waiting,
                   t.own AS own_today, t.every AS all_today,
                   (SELECT next_at FROM thanosql.pipeline_schedule WHERE pipeline_id = $1) AS next_training,
                   (SELECT schedule_paused FROM thanosql.model WHERE name = $4) AS paused,
                   EXISTS (SELECT FROM thanosql.training_run WHERE model_name = $4 AND state IN ('queued', 'running')) AS is_training,
                   (SELECT number FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id
                    WHERE m.name = $4) AS version
            FROM (SELECT count(*) FILTER (WHERE labelled_by = $3) AS own, count(*) AS every FROM thanosql.label
                  WHERE pipeline_id = $1 AND labelled_at >= $2 AND state = 'confirmed') t
            """,
            pipeline.PipelineId, today.UtcDateTime, speaker, pipeline.Definition.Model.Name).ListAsync<LabelFigures>(cancellationToken)).Single();
    }

    /// <summary>How many pictures <see cref="WorkOrder.Disagreed"/> holds, up to <see cref="MostCounted"/>. It may read every label.</summary>
    public async Task<long> DisagreedAsync(PipelineRow pipeline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return await ServingAsync(pipeline, cancellationToken) is { } serving
            ? await database.Command(
                $"""
                 SELECT count(*) FROM (
                     SELECT {Differing} WHERE l.pipeline_id = $1 AND l.state = 'confirmed' AND l.labelled_at < $3 LIMIT $4) AS counted
                 """,
                pipeline.PipelineId, serving.VersionId, serving.Since, MostCounted).ScalarAsync<long>(cancellationToken)
            : 0;
    }

    /// <summary>What was said of pictures before somebody says something else, to be said again when that is taken back.</summary>
    /// <returns>One for each, in order.</returns>
    public async Task<IReadOnlyList<SaidLabel>> SaidAsync(
        PipelineRow pipeline, IReadOnlyList<ObjectPath> pictures, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var found = await database.Command(
            """
            SELECT l.label, l.state IS NOT DISTINCT FROM 'to confirm'
            FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS p (bucket, key, place)
            LEFT JOIN thanosql.label l ON l.pipeline_id = $1 AND l.bucket = p.bucket AND l.key = p.key ORDER BY p.place
            """,
            pipeline.PipelineId, pictures.Select(p => p.Bucket).ToArray(), pictures.Select(p => p.Key).ToArray())
            .ListAsync<(string? Label, bool ToConfirm)>(cancellationToken);
        return [.. pictures.Zip(found, (p, said) => new SaidLabel(p.Bucket, p.Key, said.Label) { IsDoubtful = said.ToConfirm })];
    }

    private async Task<Serving?> ServingAsync(PipelineRow pipeline, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT v.version_id, coalesce(v.promoted_at, v.created_at) AS since
            FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id WHERE m.name = $1
            """,
            pipeline.Definition.Model.Name).ListAsync<Serving>(cancellationToken)).SingleOrDefault();

    /// <summary>The version that answers, and when it came into service.</summary>
    private sealed record Serving(long VersionId, DateTime Since);
}
