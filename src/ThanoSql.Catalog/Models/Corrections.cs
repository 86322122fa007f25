using Npgsql;

namespace ThanoSql.Catalog.Models;

/// <summary>What people said of the images of a model's pipelines: the best training data there is.</summary>
public static class Corrections
{
    /// <summary>Confirmed labels by object; a picture that changed since it was labelled is not among them.</summary>
    public static Task<List<(string Bucket, string Key, string Label)>> OfAsync(NpgsqlDataSource database, string model, CancellationToken cancellation) =>
        database.Command(
            """
            SELECT DISTINCT ON (l.bucket, l.key) l.bucket, l.key, l.label
            FROM thanosql.label l JOIN thanosql.pipeline p USING (pipeline_id)
            WHERE p.model_name = $1 AND l.state = 'confirmed'
            ORDER BY l.bucket, l.key, l.labelled_at DESC
            """,
            model).ListAsync(r => (r.GetString(0), r.GetString(1), r.GetString(2)), cancellation);
}
