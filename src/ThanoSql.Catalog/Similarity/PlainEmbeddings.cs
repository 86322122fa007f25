namespace ThanoSql.Catalog.Similarity;

/// <summary>The plain embeddings (view 0) of a trunk, as they are kept.</summary>
public static class PlainEmbeddings
{
    /// <summary>Those of some contents, in no order; a content without one is left out.</summary>
    public static Task<List<PlainEmbedding>> OfAsync(
        NpgsqlDataSource database, int trunkId, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        database.Command(
            "SELECT content_id, vector FROM thanosql.embedding WHERE trunk_id = $1 AND view = 0 AND content_id = ANY ($2)",
            trunkId, contents.ToArray()).ListAsync<PlainEmbedding>(cancellationToken);

    /// <summary>All of them, in no order.</summary>
    public static Task<List<PlainEmbedding>> AllAsync(NpgsqlDataSource database, int trunkId, CancellationToken cancellationToken) =>
        database.Command("SELECT content_id, vector FROM thanosql.embedding WHERE trunk_id = $1 AND view = 0", trunkId)
            .ListAsync<PlainEmbedding>(cancellationToken);
}

/// <param name="Vector">float16 little-endian.</param>
public sealed record PlainEmbedding(long ContentId, byte[] Vector);
