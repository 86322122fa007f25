namespace ThanoSql.Catalog.Images;

/// <summary>Contents and the embeddings that are known of them.</summary>
public static class ContentLedger
{
    /// <summary>The ids of contents by SHA-256, made where they are new. In the caller's transaction they cannot vanish before its end.</summary>
    /// <returns>In the order of <paramref name="hashes"/>.</returns>
    public static async Task<long[]> EnsureAsync(NpgsqlConnection connection, IReadOnlyList<byte[]> hashes, CancellationToken cancellationToken)
    {
        // Those that are there are held first, or they might vanish between the insertion, which passes over them, and the second look
        const string hold = "SELECT sha256, content_id FROM thanosql.content WHERE sha256 = ANY ($1) ORDER BY content_id FOR KEY SHARE";
        const string add = "INSERT INTO thanosql.content (sha256) SELECT DISTINCT h FROM unnest($1) AS h ORDER BY h ON CONFLICT DO NOTHING";
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { With(hold), With(add), With(hold) } };
        var known = new Dictionary<string, long>();
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            while (await rows.ReadAsync(cancellationToken))
                known[Convert.ToHexString(rows.GetFieldValue<byte[]>(0))] = rows.GetInt64(1);
        }
        while (await rows.NextResultAsync(cancellationToken));
        return [.. hashes.Select(h => known[Convert.ToHexString(h)])];

        NpgsqlBatchCommand With(string sql) => new(sql) { Parameters = { new NpgsqlParameter<byte[][]> { TypedValue = [.. hashes] } } };
    }

    /// <summary>Notes what is missing of pictures that were looked at all the same.</summary>
    public static Task NoteDamageAsync(
        NpgsqlConnection connection, IEnumerable<(long Content, string Damage)> damaged, CancellationToken cancellationToken)
    {
        var rows = damaged.DistinctBy(d => d.Content).ToList();
        if (rows.Count == 0)
            return Task.CompletedTask;
        return connection.Command(
            """
            UPDATE thanosql.content c SET damage = d.damage FROM unnest($1::bigint[], $2::text[]) AS d (content_id, damage)
            WHERE c.content_id = d.content_id AND c.damage IS DISTINCT FROM d.damage
            """,
            rows.ConvertAll(r => r.Content).ToArray(), rows.ConvertAll(r => r.Damage).ToArray()).RunAsync(cancellationToken);
    }

    /// <summary>The embeddings that are known of contents, by their SHA-256.</summary>
    /// <returns>In the order of <paramref name="hashes"/>.</returns>
    public static async Task<IReadOnlyList<HashSet<(int TrunkId, int View)>>> ViewsOfAsync(
        NpgsqlDataSource database, IReadOnlyList<byte[]> hashes, CancellationToken cancellationToken)
    {
        var views = hashes.Select(_ => new HashSet<(int, int)>()).ToList();
        var found = await database.Command(
            """
            SELECT h.place::integer - 1, e.trunk_id, e.view::integer
            FROM unnest($1::bytea[]) WITH ORDINALITY AS h (sha256, place)
            JOIN thanosql.content USING (sha256) JOIN thanosql.embedding e USING (content_id)
            """,
            (object)hashes.ToArray()).ListAsync<(int Place, int TrunkId, int View)>(cancellationToken);
        foreach (var (place, trunk, view) in found)
            views[place].Add((trunk, view));
        return views;
    }

    /// <summary>The trunks by which a content has a plain view's embedding.</summary>
    public static Task<List<int>> TrunksOfAsync(NpgsqlDataSource database, long content, CancellationToken cancellationToken) =>
        database.Command("SELECT trunk_id FROM thanosql.embedding WHERE content_id = $1 AND view = 0", content)
            .ListAsync<int>(cancellationToken);

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
}

/// <param name="View">0 is the plain one.</param>
/// <param name="Vector">float16 little-endian.</param>
public sealed record NewEmbedding(int TrunkId, long ContentId, int View, byte[] Vector);
