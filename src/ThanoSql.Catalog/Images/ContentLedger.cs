using Npgsql;

namespace ThanoSql.Catalog.Images;

/// <summary>Contents and the embeddings that are known of them.</summary>
public static class ContentLedger
{
    /// <summary>The ids of contents by SHA-256, made where they are new. In the caller's transaction they cannot vanish before its end.</summary>
    /// <returns>In the order of <paramref name="hashes"/>.</returns>
    public static async Task<long[]> EnsureAsync(NpgsqlConnection connection, IReadOnlyList<byte[]> hashes, CancellationToken cancellationToken)
    {
        var known = await FindAsync(connection, hashes, cancellationToken);
        var missing = hashes.Where(h => !known.ContainsKey(Convert.ToHexString(h))).ToArray();
        if (missing.Length > 0)
        {
            await connection.Command(
                "INSERT INTO thanosql.content (sha256) SELECT DISTINCT h FROM unnest($1::bytea[]) AS h ORDER BY h ON CONFLICT DO NOTHING",
                (object)missing)
                .RunAsync(cancellationToken);
            known = await FindAsync(connection, hashes, cancellationToken);
        }
        return [.. hashes.Select(h => known[Convert.ToHexString(h)])];
    }

    /// <summary>Which of these contents have a plain view's embedding by which trunks.</summary>
    /// <returns>SHA-256 in upper-case hexadecimal → (content, trunks); unknown contents are absent.</returns>
    public static async Task<Dictionary<string, KnownContent>> LookUpAsync(
        NpgsqlDataSource database, IReadOnlyCollection<byte[]> hashes, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT encode(c.sha256, 'hex'), c.content_id, ARRAY(SELECT trunk_id FROM thanosql.embedding e WHERE e.content_id = c.content_id AND view = 0)
            FROM thanosql.content c WHERE c.sha256 = ANY ($1)
            """,
            (object)hashes.ToArray()).ListAsync(
                r => (r.GetString(0).ToUpperInvariant(), new KnownContent(r.GetInt64(1), r.GetFieldValue<int[]>(2))),
                cancellationToken)).ToDictionary();

    /// <summary>The trunks by which these contents have a plain view's embedding.</summary>
    public static async Task<Dictionary<long, int[]>> TrunksOfAsync(
        NpgsqlDataSource database, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        (await database.Command(
            "SELECT content_id, array_agg(trunk_id) FROM thanosql.embedding WHERE content_id = ANY ($1) AND view = 0 GROUP BY content_id",
            (object)contents.ToArray())
            .ListAsync(r => (r.GetInt64(0), r.GetFieldValue<int[]>(1)), cancellationToken)).ToDictionary();

    /// <summary>Adds embeddings; those that are known stay as they are.</summary>
    public static Task AddEmbeddingsAsync(NpgsqlConnection connection, IEnumerable<NewEmbedding> embeddings, CancellationToken cancellationToken)
    {
        var rows = embeddings.OrderBy(e => e.TrunkId).ThenBy(e => e.ContentId).ThenBy(e => e.View).ToList();
        if (rows.Count == 0)
            return Task.CompletedTask;
        return connection.Command(
            """
            INSERT INTO thanosql.embedding (trunk_id, content_id, view, vector)
            SELECT * FROM unnest($1::integer[], $2::bigint[], $3::smallint[], $4::bytea[]) ON CONFLICT DO NOTHING
            """,
            rows.Select(r => r.TrunkId).ToArray(), rows.Select(r => r.ContentId).ToArray(), rows.Select(r => (short)r.View).ToArray(),
            rows.Select(r => r.Vector).ToArray()).RunAsync(cancellationToken);
    }

    private static async Task<Dictionary<string, long>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<byte[]> hashes, CancellationToken cancellationToken) =>
        (await connection.Command(
            "SELECT sha256, content_id FROM thanosql.content WHERE sha256 = ANY ($1) ORDER BY content_id FOR KEY SHARE", (object)hashes.ToArray())
            .ListAsync(r => (Convert.ToHexString(r.GetFieldValue<byte[]>(0)), r.GetInt64(1)), cancellationToken)).ToDictionary();
}

/// <summary>A content and the trunks that embedded its plain view.</summary>
public sealed record KnownContent(long ContentId, IReadOnlyList<int> Trunks);

/// <param name="View">0 is the plain one.</param>
/// <param name="Vector">float16 little-endian.</param>
public sealed record NewEmbedding(int TrunkId, long ContentId, int View, byte[] Vector);
