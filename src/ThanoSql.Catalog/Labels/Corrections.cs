namespace ThanoSql.Catalog.Labels;

/// <summary>The human label of an image.</summary>
/// <param name="Confirmed">False when the image was overwritten since.</param>
public sealed record Correction(string Bucket, string Key, string Label, bool Confirmed);

/// <summary>Human labels of the images of a model's pipelines: the best training data there is.</summary>
public static class Corrections
{
    /// <summary>The latest human label of each image.</summary>
    public static Task<List<Correction>> OfAsync(NpgsqlDataSource database, string model, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT DISTINCT ON (bucket, path) bucket, path AS key, label, state = 'confirmed' AS confirmed FROM thanosql.labels
            WHERE model = $1 ORDER BY bucket, path, labelled_at DESC
            """,
            model).ListAsync<Correction>(cancellationToken);
}
