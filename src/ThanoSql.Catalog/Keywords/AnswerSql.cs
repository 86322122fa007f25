namespace ThanoSql.Catalog.Keywords;

/// <summary>
/// SQL over the views that users' roles may read: what plans put into a user's statement. Names, labels and numbers are written into it; whatever is
/// called an expression comes as SQL.
/// </summary>
public static class AnswerSql
{
    /// <summary>The best label of an image: an expression.</summary>
    /// <param name="version">The version that answers.</param>
    /// <param name="path">An expression: the image's path as the user's table holds it.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    public static string BestLabel(long version, string path, string workspace) =>
        $"(SELECT a.keyword FROM thanosql.answer a WHERE a.rank = 1 AND {IsOf(version, path, workspace)})";

    /// <summary>The best labels of an image, best first, and the score of the best: one row; both null where there is no answer.</summary>
    public static string BestLabels(long version, string path, string workspace, int most) => string.Create(
        CultureInfo.InvariantCulture,
        $"(SELECT array_agg(a.keyword ORDER BY a.rank) AS labels, max(a.score) AS score FROM thanosql.answer a "
        + $"WHERE a.rank <= {most} AND {IsOf(version, path, workspace)})");

    /// <summary>As <see cref="BestLabel"/>, and the statement ends where an image has no answer.</summary>
    public static string BestLabelOrEnd(long version, string path, string workspace) =>
        $"coalesce({BestLabel(version, path, workspace)}, thanosql.unanswered({path}))";

    /// <summary>Writes best labels into the rows of a table that have none.</summary>
    public static string FillBestLabels(string table, string column, long version, string path, string workspace) =>
        $"UPDATE {table} s SET {column} = a.keyword FROM thanosql.answer a "
        + $"WHERE s.{column} IS NULL AND a.rank = 1 AND {IsOf(version, path, workspace)}";

    /// <summary>(bucket, key, score) of every image that has the label; a human label replaces the model's.</summary>
    /// <param name="model">In service.</param>
    /// <param name="labels">One, or several that are spellings of one: then an image has the best score of them.</param>
    /// <param name="minScore">0 to 1.</param>
    /// <param name="corrected">Whether there are human labels.</param>
    public static string Hits(ServingModel model, IReadOnlyList<string> labels, double minScore, bool corrected)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(labels);
        var isOne = labels.Count == 1;
        var alike = isOne ? $"= {Identifier.Literal(labels[0])}" : $"= ANY (ARRAY[{string.Join(", ", labels.Select(Identifier.Literal))}])";
        var score = isOne ? "a.score" : "max(a.score) AS score";
        var eachOnce = isOne ? "" : " GROUP BY a.bucket, a.key";
        var byModel = string.Create(CultureInfo.InvariantCulture,
            $"""
            SELECT a.bucket, a.key, {score} FROM thanosql.answer a
            WHERE a.version_id = {model.VersionId} AND a.keyword {alike} AND a.score >= {minScore}::real
            """);
        if (!corrected)
            return $"({byModel}{eachOnce})";

        var name = Identifier.Literal(model.Name);
        return $"""
            ({byModel} AND NOT EXISTS (
                SELECT FROM thanosql.correction c WHERE c.model_name = {name} AND c.bucket = a.bucket AND c.key = a.key){eachOnce}
            UNION ALL SELECT DISTINCT c.bucket, c.key, 1::real FROM thanosql.correction c WHERE c.model_name = {name} AND c.label {alike})
            """;
    }

    /// <summary>
    /// Whether a row of <see cref="Hits"/>, called a, is of the image. From the hits to a table through its ordinary index on the image column:
    /// catalog names have another collation than that.
    /// </summary>
    public static string IsHitByIndex(string path, string workspace) =>
        $"{path} = ANY (thanosql.path_spellings(a.bucket, a.key, {Identifier.Literal(workspace)}) COLLATE \"default\")";

    /// <summary>As <see cref="IsHitByIndex"/>, where there is no index, but columns to hash.</summary>
    public static string IsHitByHash(string path, string workspace) =>
        $"thanosql.object_key({path}) = a.key AND thanosql.object_bucket({path}, {Identifier.Literal(workspace)}) = a.bucket";

    /// <summary>The model's <see cref="QueryFacts.Stamp"/>: one row, one column.</summary>
    public static string Stamp(string model) => $"SELECT stamp FROM thanosql.model_stamp WHERE name = {Identifier.Literal(model)}";

    /// <summary>The stamp; whether there are human labels; whether no row of a table is left to key: one row of three texts.</summary>
    public static string StampAndKeyed(string model, string table, string keyedBy, string imageColumn) => $"""
        SELECT ({Stamp(model)}) AS stamp,
               EXISTS (SELECT FROM thanosql.correction WHERE model_name = {Identifier.Literal(model)})::text AS corrected,
               (NOT EXISTS (
                   SELECT FROM public.{Identifier.Quote(table)}
                   WHERE {Identifier.Quote(keyedBy)} IS NULL AND {Identifier.Quote(imageColumn)} IS NOT NULL))::text AS keyed
        """;

    /// <summary>LIST MODEL.</summary>
    public static string Models(ModelDialect dialect) => dialect == ModelDialect.Old
        ? "SELECT name AS model_name, class_name AS model FROM thanosql.models ORDER BY name"
        : "SELECT name, class_name, to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS last_updated_utc "
            + "FROM thanosql.models ORDER BY name";

    /// <summary>Counts the labelled images that training would learn from: those of the training statement, with human labels.</summary>
    public static string LabelledImages(PipelineModel model, string workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (image, label, name) = (Identifier.Quote(model.ImageCol), Identifier.Quote(model.LabelCol), Identifier.Literal(model.Name));
        return $"""
            SELECT count(*) FROM (
                (SELECT thanosql.object_bucket({image}, {Identifier.Literal(workspace)}) COLLATE "C", thanosql.object_key({image}) COLLATE "C"
                 FROM ({model.Train}) AS training_rows WHERE {image} IS NOT NULL AND btrim({label}::text) <> ''
                 UNION SELECT bucket, path FROM thanosql.labels WHERE model = {name})
                EXCEPT SELECT bucket, path FROM thanosql.labels WHERE model = {name} AND state <> 'confirmed') AS labelled
            """;
    }

    // Whether a row of thanosql.answer, called a, speaks of the image
    private static string IsOf(long version, string path, string workspace) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        a.version_id = {version} AND a.bucket = thanosql.object_bucket({path}, {Identifier.Literal(workspace)})
        AND a.key = thanosql.object_key({path})
        """);
}
