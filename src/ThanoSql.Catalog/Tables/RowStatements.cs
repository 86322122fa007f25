namespace ThanoSql.Catalog.Tables;

/// <summary>The statements that write rows of a pipeline's table. $1 is the session's pass.</summary>
internal static class RowStatements
{
    /// <summary>
    /// Makes rows for images that have none, and notes so. $2 pipeline, $3 version, $4 workspace, $5 images, or null for all of its prefix.
    /// </summary>
    public static string Create(PipelineTable table)
    {
        var columns = string.Join(", ", table.Columns.All().Select(c => Identifier.Quote(c.Name)));
        return $"""
            WITH fresh AS MATERIALIZED (
                SELECT e.* FROM thanosql.new_entries($1, $2, $3, $4, $5) e
                WHERE NOT EXISTS (SELECT FROM {table.Sql} t WHERE t.{table.Image} = ANY (e.spellings))),
            made AS (
                INSERT INTO {table.Sql} ({table.Image}, {columns}) SELECT path, keyword, score, number, source FROM fresh)
            SELECT thanosql.note_made($1, $2, array_agg(image_id)) FROM fresh HAVING count(*) > 0
            """;
    }

    /// <summary>
    /// Writes the answers into the rows of images, whichever way their path is spelled. $2 pipelines, $3 version, $4 workspace, $5 images.
    /// </summary>
    public static string Update(PipelineTable table, IndexColumns columns) =>
        $"""
         WITH answer AS MATERIALIZED (SELECT * FROM thanosql.image_entries($1, $2, $3, $4, $5))
         UPDATE {table.Sql} t SET {Set(columns)} FROM answer a WHERE t.{table.Image} = a.path AND {IsNew(columns)}
         """;

    /// <summary>What <c>picked</c> holds of a row: partitions count their rows each for itself.</summary>
    public static string Picked(PipelineTable table) => $"SELECT tableoid AS relation, ctid AS row_id, {table.Image} AS path FROM {table.Sql}";

    /// <summary>Writes the answers into the rows that <c>keyed</c> holds.</summary>
    public static string UpdatePicked(PipelineTable table, IndexColumns columns) =>
        $"""
         UPDATE {table.Sql} AS t SET {Set(columns)} FROM keyed a
         WHERE t.ctid = a.row_id AND t.tableoid = a.relation AND {IsNew(columns)}
         """;

    /// <summary>
    /// What rows of <c>picked</c> are to hold. $2 pipelines, $3 version, $4 workspace. Kept apart from the update: the planner takes the rows of a
    /// join by ctid for few, and would compare each path with each.
    /// </summary>
    public const string AnswerPicked = """
        answer AS MATERIALIZED (SELECT * FROM thanosql.path_entries($1, $2, $3, $4, ARRAY(SELECT DISTINCT p.path FROM picked p))),
        keyed AS MATERIALIZED (SELECT p.relation, p.row_id, e.* FROM picked p LEFT JOIN answer e ON e.path = p.path)
        """;

    /// <summary>Removes rows by their paths, and keeps them for a while. $2 name of the table, $3 pipelines, $4 images, $5 paths.</summary>
    public static string Delete(PipelineTable table) =>
        $"""
         WITH deleted AS (
             DELETE FROM {table.Sql} t WHERE t.{table.Image} = ANY ($5) RETURNING t.{table.Image}::text AS path, to_jsonb(t) AS content)
         SELECT thanosql.keep_deleted($1, $2, array_agg(u.pipeline), array_agg(u.image), array_agg(d.content))
         FROM deleted d JOIN unnest($3, $4, $5) AS u (pipeline, image, path) USING (path) HAVING count(*) > 0
         """;

    /// <summary>
    /// Makes rows anew from what was kept, of each path the last deleted, unless the table names it again; gives pipelines and images.
    /// $1 pipelines, $2 images, $3 contents, $4 times of deletion.
    /// </summary>
    public static string Restore(PipelineTable table, IEnumerable<string> columns)
    {
        var names = columns.Select(Identifier.Quote).ToList();
        return $"""
            WITH kept AS MATERIALIZED (
                SELECT k.pipeline, k.image, k.at, jsonb_populate_record(NULL::{table.Sql}, k.content) AS content
                FROM unnest($1, $2, $3, $4) AS k (pipeline, image, content, at)),
            last AS MATERIALIZED (
                SELECT r.* FROM (SELECT k.*, rank() OVER (PARTITION BY (k.content).{table.Image} ORDER BY k.at DESC) AS n FROM kept k) r
                WHERE r.n = 1 AND NOT EXISTS (SELECT FROM {table.Sql} t WHERE t.{table.Image} = (r.content).{table.Image})),
            made AS (
                INSERT INTO {table.Sql} ({string.Join(", ", names)}) OVERRIDING SYSTEM VALUE
                SELECT {string.Join(", ", names.Select(name => $"(l.content).{name}"))} FROM last l)
            SELECT pipeline, image FROM last
            """;
    }

    /// <summary>Which images the table names. $1 images, $2 buckets, $3 keys, $4 workspace.</summary>
    public static string Named(PipelineTable table) =>
        $"""
         SELECT DISTINCT i.image_id FROM unnest($1, $2, $3) AS i (image_id, bucket, key)
         WHERE EXISTS (
             SELECT FROM {table.Sql} t WHERE t.{table.Image} = ANY (thanosql.path_spellings(i.bucket, i.key, $4) COLLATE "default"))
         """;

    private static string Set(IndexColumns columns) =>
        $"{Identifier.Quote(columns.Keyword)} = a.keyword, {Identifier.Quote(columns.Score)} = a.score, "
        + $"{Identifier.Quote(columns.Version)} = a.number, {Identifier.Quote(columns.Source)} = a.source";

    private static string IsNew(IndexColumns columns) =>
        $"(t.{Identifier.Quote(columns.Keyword)}, t.{Identifier.Quote(columns.Score)}, t.{Identifier.Quote(columns.Version)}, "
        + $"t.{Identifier.Quote(columns.Source)}) IS DISTINCT FROM (a.keyword, a.score, a.number, a.source)";
}
