namespace ThanoSql.Catalog.Keywords;

/// <param name="Rank">From 1, the best.</param>
/// <param name="Score">Probability, 0 to 1.</param>
public sealed record KeywordRow(long ContentId, int Rank, string Keyword, float Score);

/// <summary>What versions say of contents.</summary>
public static class KeywordLedger
{
    /// <summary>
    /// Those of <paramref name="contents"/> that have a plain embedding by the trunk and no answer of the version, with their embeddings.
    /// </summary>
    public static async Task<IReadOnlyList<(long ContentId, byte[] Vector)>> UnansweredAsync(
        NpgsqlDataSource database, long versionId, int trunkId, long[] contents, CancellationToken cancellationToken) =>
        await database.Command(
            """
            SELECT e.content_id, e.vector FROM thanosql.embedding e
            WHERE e.trunk_id = $2 AND e.view = 0 AND e.content_id = ANY ($3)
              AND NOT EXISTS (SELECT FROM thanosql.keyword k WHERE k.version_id = $1 AND k.content_id = e.content_id AND k.rank = 1)
            ORDER BY e.content_id
            """,
            versionId, trunkId, contents).ListAsync<(long, byte[])>(cancellationToken);

    /// <summary>
    /// How contents stand with a version, as the caller's transaction sees it: answered, or the plain embedding to answer from, or neither.
    /// </summary>
    public static async Task<IReadOnlyList<(long ContentId, bool Answered, byte[]? Vector)>> StandingAsync(
        NpgsqlConnection connection, long versionId, int trunkId, long[] contents, CancellationToken cancellationToken) =>
        await connection.Command(
            """
            SELECT c.id, k.content_id IS NOT NULL, CASE WHEN k.content_id IS NULL THEN e.vector END
            FROM unnest($3::bigint[]) AS c (id)
            LEFT JOIN thanosql.keyword k ON k.version_id = $1 AND k.content_id = c.id AND k.rank = 1
            LEFT JOIN thanosql.embedding e ON e.trunk_id = $2 AND e.content_id = c.id AND e.view = 0
            ORDER BY c.id
            """,
            versionId, trunkId, contents).ListAsync<(long, bool, byte[]?)>(cancellationToken);

    /// <summary>
    /// Adds answers, in the caller's transaction if it has one; those that are there stay: a version has one answer per content.
    /// </summary>
    public static Task AddAsync(NpgsqlConnection connection, long versionId, IEnumerable<KeywordRow> rows, CancellationToken cancellationToken)
    {
        var ordered = rows.OrderBy(r => r.ContentId).ThenBy(r => r.Rank).ToList();
        if (ordered.Count == 0)
            return Task.CompletedTask;
        return connection.Command(
            """
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT $1, k.* FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::real[]) AS k ON CONFLICT DO NOTHING
            """,
            versionId, ordered.Select(r => r.ContentId).ToArray(), ordered.Select(r => (short)r.Rank).ToArray(),
            ordered.Select(r => r.Keyword).ToArray(), ordered.Select(r => r.Score).ToArray()).RunAsync(cancellationToken);
    }
}
