namespace ThanoSql.Catalog.Tables;

/// <summary>The statements that write rows of a pipeline's table.</summary>
internal static class RowStatements
{
    /// <summary>
    /// Makes rows for images that have none, and remembers which.
    /// $1 pipeline, $2 version, $3 bucket, $4 prefix, $5 workspace; <paramref name="images"/> selects the image ids and may use $6.
    /// </summary>
    public static string Create(PipelineTable table, string images)
    {
        var columns = string.Join(", ", table.Columns.All().Select(c => Identifier.Quote(c.Name)));
        return $"""
            WITH fresh AS MATERIALIZED (
                SELECT i.image_id, CASE WHEN i.bucket = $5 THEN i.key ELSE 's3://' || i.bucket || '/' || i.key END AS path, e.*
                FROM thanosql.image i CROSS JOIN LATERAL thanosql.index_entry($1, i.image_id, $2) e
                WHERE i.image_id IN ({images}) AND i.state = 'indexed' AND i.bucket = $3 AND starts_with(i.key, $4) AND e.source IS NOT NULL
                  AND NOT EXISTS (
                      SELECT FROM {table.Sql} t WHERE t.{table.Image} = ANY (thanosql.path_spellings(i.bucket, i.key, $5) COLLATE "default"))
                ORDER BY i.key),
            made AS (
                INSERT INTO {table.Sql} ({table.Image}, {columns}) SELECT path, keyword, score, version, source FROM fresh)
            INSERT INTO thanosql.made_row (pipeline_id, image_id) SELECT $1, image_id FROM fresh ON CONFLICT DO NOTHING
            """;
    }

    /// <summary>
    /// Writes the answers into the rows of images, whichever way their path is spelled. $1 images, $2 version, $3 workspace, $4 pipelines.
    /// </summary>
    public static string Update(PipelineTable table, IndexColumns columns)
    {
        var (keyword, score) = (Identifier.Quote(columns.Keyword), Identifier.Quote(columns.Score));
        var (version, source) = (Identifier.Quote(columns.Version), Identifier.Quote(columns.Source));
        return $"""
            WITH answer AS MATERIALIZED (
                SELECT unnest(thanosql.path_spellings(i.bucket, i.key, $3)) COLLATE "default" AS path, e.*
                FROM thanosql.image i CROSS JOIN LATERAL thanosql.index_entry(thanosql.pipeline_of($4, i.bucket, i.key), i.image_id, $2) e
                WHERE i.image_id = ANY ($1))
            UPDATE {table.Sql} t SET {keyword} = a.keyword, {score} = a.score, {version} = a.version, {source} = a.source
            FROM answer a
            WHERE t.{table.Image} = a.path
              AND (t.{keyword}, t.{score}, t.{version}, t.{source}) IS DISTINCT FROM (a.keyword, a.score, a.version, a.source)
            """;
    }

    /// <summary>Removes rows that the pipeline made for images that are gone. $1 images, $2 workspace, $3 pipelines.</summary>
    public static string Delete(PipelineTable table) =>
        $"""
         WITH unmade AS (
             DELETE FROM thanosql.made_row m USING thanosql.image i
             WHERE m.image_id = ANY ($1) AND i.image_id = m.image_id AND i.state = 'gone' AND m.pipeline_id = ANY ($3)
             RETURNING i.bucket, i.key)
         DELETE FROM {table.Sql} t USING unmade u WHERE t.{table.Image} = ANY (thanosql.path_spellings(u.bucket, u.key, $2) COLLATE "default")
         """;

    /// <summary>Which images the table names. $1 images, $2 workspace.</summary>
    public static string Named(PipelineTable table) =>
        $"""
         SELECT i.image_id FROM thanosql.image i
         WHERE i.image_id = ANY ($1) AND EXISTS (
             SELECT FROM {table.Sql} t WHERE t.{table.Image} = ANY (thanosql.path_spellings(i.bucket, i.key, $2) COLLATE "default"))
         """;
}
