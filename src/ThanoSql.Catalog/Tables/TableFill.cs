using ThanoSql.Catalog.Images;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Fills a whole table's index columns from what the catalog knows, set by set: when a pipeline becomes active or its table was replaced.
/// </summary>
internal static class TableFill
{
    /// <summary>The rows without an answer get the one that is known; pictures that nobody looked at become due.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, PipelineTable table, long versionId, CancellationToken cancellationToken)
    {
        if (table.LabelCol is not null)
            await TakeLabelsAsync(connection, table, cancellationToken);
        await FillAsync(connection, table, versionId, cancellationToken);
        await MakeDueAsync(connection, table, versionId, cancellationToken);
        foreach (var pipeline in table.Pipelines.Where(p => p.Definition.Rows == RowOrigin.Create))
            await CreateRowsAsync(connection, table, pipeline, versionId, cancellationToken);
    }

    private static Task<int> FillAsync(NpgsqlConnection connection, PipelineTable table, long versionId, CancellationToken cancellationToken)
    {
        var columns = table.Columns;
        return Long(connection.Command(
            $"""
             UPDATE {table.Sql} t
             SET {Identifier.Quote(columns.Keyword)} = e.keyword, {Identifier.Quote(columns.Score)} = e.score,
                 {Identifier.Quote(columns.Version)} = e.version, {Identifier.Quote(columns.Source)} = e.source
             FROM ({Paths(table)}) p
             JOIN thanosql.image i ON i.bucket = thanosql.object_bucket(p.path, $1) AND i.key = thanosql.object_key(p.path)
             CROSS JOIN LATERAL thanosql.index_entry(thanosql.pipeline_of($2, i.bucket, i.key), i.image_id, $3) e
             WHERE t.{table.Image} = p.path AND t.{Identifier.Quote(columns.Source)} IS NULL AND e.source IS NOT NULL
             """,
            table.Workspace, table.PipelineIds, versionId)).RunAsync(cancellationToken);
    }

    /// <summary>Images that the table names or a prefix covers, without what the version says of them.</summary>
    private static async Task MakeDueAsync(NpgsqlConnection connection, PipelineTable table, long versionId, CancellationToken cancellationToken)
    {
        await Long(connection.Command(
            DueImages.Unanswered(
                $"""
                 SELECT DISTINCT thanosql.object_bucket(p.path, $1) AS bucket, thanosql.object_key(p.path) AS key FROM ({Paths(table)}) p
                 WHERE thanosql.object_key(p.path) <> ''
                 """),
            table.Workspace)).RunAsync(cancellationToken);
        await Long(connection.Command(
            DueImages.Unanswered(
                """
                SELECT i.bucket, i.key FROM thanosql.image i JOIN thanosql.pipeline p ON p.bucket = i.bucket AND starts_with(i.key, p.prefix)
                WHERE p.pipeline_id = ANY ($1) AND i.state = 'indexed'
                  AND NOT EXISTS (SELECT FROM thanosql.keyword k WHERE k.version_id = $2 AND k.content_id = i.content_id AND k.rank = 1)
                """),
            table.PipelineIds, versionId)).RunAsync(cancellationToken);
    }

    private static Task<int> CreateRowsAsync(
        NpgsqlConnection connection, PipelineTable table, PipelineRow pipeline, long versionId, CancellationToken cancellationToken) =>
        Long(connection.Command(
            RowStatements.Create(table, "SELECT image_id FROM thanosql.image WHERE bucket = $3 AND starts_with(key, $4) AND state = 'indexed'"),
            pipeline.PipelineId, versionId, pipeline.Definition.Bucket, pipeline.Prefix, table.Workspace)).RunAsync(cancellationToken);

    private static Task<int> TakeLabelsAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var label = Identifier.Quote(table.LabelCol!);
        return Long(connection.Command(
            $"""
             INSERT INTO thanosql.label AS l (pipeline_id, bucket, key, content_id, label, labelled_by)
             SELECT DISTINCT ON (i.image_id) p.id, i.bucket, i.key, i.content_id, thanosql.label_of(p.id, t.{label}::text), session_user
             FROM {table.Sql} t
             JOIN thanosql.image i ON i.bucket = thanosql.object_bucket(t.{table.Image}, $1) AND i.key = thanosql.object_key(t.{table.Image})
             CROSS JOIN LATERAL thanosql.pipeline_of($2, i.bucket, i.key) AS p (id)
             WHERE t.{label} IS NOT NULL
             ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
             SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by,
                 labelled_at = now()
             WHERE l.label <> excluded.label
             """,
            table.Workspace, table.PipelineIds)).RunAsync(cancellationToken);
    }

    private static string Paths(PipelineTable table) =>
        $"SELECT DISTINCT {table.Image}::text AS path FROM {table.Sql} "
        + $"WHERE {Identifier.Quote(table.Columns.Source)} IS NULL AND {table.Image} IS NOT NULL";

    private static NpgsqlCommand Long(NpgsqlCommand command)
    {
        command.CommandTimeout = 0;
        return command;
    }
}
