namespace ThanoSql.Catalog.Similarity;

/// <summary>SQL over the view of contents that users' roles may read; arguments as in <see cref="Keywords.AnswerSql"/>.</summary>
public static class PictureSql
{
    /// <summary>The content of an image, where the space has seen it, else NULL: an expression.</summary>
    /// <param name="trunkId">The embedding space.</param>
    /// <param name="path">An expression: the image's path as the user's table holds it.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    public static string ContentOf(int trunkId, string path, string workspace) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        (SELECT p.content_id FROM thanosql.picture_content p WHERE p.trunk_id = {trunkId}
         AND p.bucket = thanosql.object_bucket({path}, {Identifier.Literal(workspace)}) AND p.key = thanosql.object_key({path}))
        """);

    /// <summary>Writes contents into the rows of a table, called s, that have none.</summary>
    public static string FillContents(string table, string column, int trunkId, string path, string workspace) =>
        $"UPDATE {table} s SET {column} = {ContentOf(trunkId, path, workspace)} WHERE s.{column} IS NULL";
}
