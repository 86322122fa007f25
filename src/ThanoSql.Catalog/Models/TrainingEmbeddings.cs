namespace ThanoSql.Catalog.Models;

/// <summary>Embeddings as training reads them.</summary>
public static class TrainingEmbeddings
{
    /// <summary>
    /// The embeddings of contents in the views 0 to <paramref name="views"/> - 1, as far as they are there, in the order of content and view.
    /// </summary>
    public static Task<List<StoredEmbedding>> LoadAsync(
        NpgsqlDataSource database, int trunkId, int views, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT e.content_id, e.view::integer AS view, e.vector
            FROM thanosql.embedding e
            WHERE e.trunk_id = $1 AND e.view < $2 AND e.content_id = ANY ($3)
            ORDER BY e.content_id, e.view
            """,
            trunkId, (short)views, contents.ToArray()).ListAsync<StoredEmbedding>(cancellationToken);

    /// <summary>SHA-256 of contents, in lower-case hexadecimal.</summary>
    public static async Task<Dictionary<long, string>> HashesAsync(
        NpgsqlDataSource database, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        (await database.Command(
            "SELECT content_id, encode(sha256, 'hex') FROM thanosql.content WHERE content_id = ANY ($1)", (object)contents.ToArray())
            .ListAsync<(long, string)>(cancellationToken)).ToDictionary();
}

/// <param name="View">0 is the plain one.</param>
/// <param name="Vector">float16 little-endian.</param>
public sealed record StoredEmbedding(long ContentId, int View, byte[] Vector);
