namespace ThanoSql.Catalog.Similarity;

/// <summary>Takes the embedding of a content: float16 little-endian, valid until it returns.</summary>
public delegate void EmbeddingTaker(long content, ReadOnlySpan<byte> vector);

/// <summary>The plain embeddings (view 0) of a trunk, as they are kept.</summary>
public static class PlainEmbeddings
{
    private const string All = "SELECT content_id, vector FROM thanosql.embedding WHERE trunk_id = $1 AND view = 0";
    private const string Of = $"{All} AND content_id = ANY ($2)";

    /// <summary>Those of some contents, in no order; a content without one is left out.</summary>
    public static Task<List<PlainEmbedding>> OfAsync(
        NpgsqlDataSource database, int trunkId, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        database.Command(Of, trunkId, contents.ToArray()).ListAsync<PlainEmbedding>(cancellationToken);

    /// <summary>Those of the contents after one, by content, so many at most.</summary>
    public static Task<List<PlainEmbedding>> PageAsync(
        NpgsqlDataSource database, int trunkId, long after, int most, CancellationToken cancellationToken) =>
        database.Command($"{All} AND content_id > $2 ORDER BY content_id LIMIT $3", trunkId, after, most)
            .ListAsync<PlainEmbedding>(cancellationToken);

    /// <summary>Reads through those of some contents, in no order; a content without one is left out.</summary>
    public static Task ReadAsync(
        NpgsqlDataSource database, int trunkId, IReadOnlyCollection<long> contents, EmbeddingTaker take, CancellationToken cancellationToken) =>
        ReadAsync(database.Command(Of, trunkId, contents.ToArray()), take, cancellationToken);

    /// <summary>Reads through all of them, in no order and little memory.</summary>
    public static Task ReadAsync(NpgsqlDataSource database, int trunkId, EmbeddingTaker take, CancellationToken cancellationToken) =>
        ReadAsync(database.Command(All, trunkId), take, cancellationToken);

    /// <summary>The same in the transaction of a connection.</summary>
    internal static Task ReadAsync(NpgsqlConnection connection, int trunkId, EmbeddingTaker take, CancellationToken cancellationToken) =>
        ReadAsync(connection.Command(All, trunkId), take, cancellationToken);

    private static async Task ReadAsync(NpgsqlCommand command, EmbeddingTaker take, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            var vector = Array.Empty<byte>(); // one for all rows: there may be a million
            while (await rows.ReadAsync(cancellationToken))
            {
                var length = (int)rows.GetBytes(1, 0, null, 0, 0);
                if (length > vector.Length)
                    vector = new byte[length];
                rows.GetBytes(1, 0, vector, 0, length);
                take(rows.GetInt64(0), vector.AsSpan(0, length));
            }
        }
    }
}

/// <param name="Vector">float16 little-endian.</param>
public sealed record PlainEmbedding(long ContentId, byte[] Vector);
