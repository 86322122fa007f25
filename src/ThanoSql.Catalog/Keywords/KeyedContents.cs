namespace ThanoSql.Catalog.Keywords;

/// <summary>The contents that a version must have an answer for before it may come into service.</summary>
public static class KeyedContents
{
    // What the model was trained or judged on, what its pipelines cover, and what the version in service was asked before.
    private const string Wanted = """
        SELECT content_id FROM thanosql.held_out WHERE model_id = $1
        UNION
        SELECT i.content_id FROM thanosql.image i JOIN thanosql.pipeline p ON i.bucket = p.bucket AND starts_with(i.key, p.prefix)
        WHERE p.model_name = (SELECT name FROM thanosql.model WHERE model_id = $1) AND i.content_id IS NOT NULL AND i.state <> 'gone'
        UNION
        SELECT content_id FROM thanosql.keyword
        WHERE version_id = (SELECT current_version_id FROM thanosql.model WHERE model_id = $1) AND rank = 1
        """;

    /// <summary>All of them, in the order of their ids.</summary>
    public static Task<List<long>> AllAsync(NpgsqlDataSource database, int modelId, CancellationToken cancellationToken) =>
        database.Command($"SELECT content_id FROM ({Wanted}) w ORDER BY content_id", modelId).ListAsync<long>(cancellationToken);

    /// <summary>Those that the version has no answer for yet, in the order of their ids.</summary>
    public static Task<List<long>> MissingAsync(NpgsqlDataSource database, ModelVersion version, CancellationToken cancellationToken) =>
        database.Command(
            $"""
             SELECT content_id FROM ({Wanted}) w
             WHERE NOT EXISTS (SELECT FROM {KeywordPartition.Table(version.VersionId)} k WHERE k.content_id = w.content_id AND k.rank = 1)
             ORDER BY content_id
             """,
            version.ModelId).ListAsync<long>(cancellationToken);

    /// <summary>
    /// One object (bucket and key) for each of these contents that has no plain view's embedding by a trunk. Contents that no object holds any more
    /// are absent.
    /// </summary>
    public static Task<List<(long Content, string Bucket, string Key)>> WithoutEmbeddingAsync(
        NpgsqlDataSource database, int trunkId, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT DISTINCT ON (i.content_id) i.content_id, i.bucket, i.key
            FROM thanosql.image i
            WHERE i.content_id = ANY ($2) AND i.state <> 'gone'
              AND NOT EXISTS (SELECT FROM thanosql.embedding e WHERE e.trunk_id = $1 AND e.content_id = i.content_id AND e.view = 0)
            ORDER BY i.content_id, i.image_id
            """,
            trunkId, contents.ToArray()).ListAsync<(long, string, string)>(cancellationToken);

    /// <summary>One object for each of these contents that some object still holds.</summary>
    public static async Task<Dictionary<long, (string Bucket, string Key)>> ObjectsAsync(
        NpgsqlDataSource database, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT DISTINCT ON (content_id) content_id, bucket, key FROM thanosql.image
            WHERE content_id = ANY ($1) AND state <> 'gone' ORDER BY content_id, image_id
            """,
            (object)contents.ToArray()).ListAsync<(long Content, string Bucket, string Key)>(cancellationToken))
            .ToDictionary(o => o.Content, o => (o.Bucket, o.Key));

    /// <summary>Notes that the version's keywords are complete, and lets the planner know how many there are.</summary>
    public static async Task MarkKeyedAsync(NpgsqlDataSource database, long versionId, CancellationToken cancellationToken)
    {
        await database.Command("UPDATE thanosql.model_version SET keyed = true WHERE version_id = $1", versionId).RunAsync(cancellationToken);
        await database.Command($"ANALYZE {KeywordPartition.Table(versionId)}").RunAsync(cancellationToken);
    }
}
