namespace ThanoSql.Catalog.Similarity;

/// <summary>The embedding spaces of models in service.</summary>
public static class ModelSpaces
{
    private const string Uploaded = "uploaded";

    /// <returns>Null when there is no such model, or it has no version in service.</returns>
    public static async Task<ModelSpace?> FindAsync(NpgsqlDataSource database, string model, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT v.trunk_id, t.origin = $2 AS is_uploaded FROM thanosql.model m
            JOIN thanosql.model_version v ON v.version_id = m.current_version_id JOIN thanosql.trunk t USING (trunk_id)
            WHERE m.name = $1
            """,
            model, Uploaded).ListAsync<ModelSpace>(cancellationToken)).SingleOrDefault();
}

/// <param name="IsUploaded">Whether it is a network that somebody uploaded: it gives keywords, and no embedding that could be compared.</param>
public sealed record ModelSpace(int TrunkId, bool IsUploaded);
