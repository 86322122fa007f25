namespace ThanoSql.Catalog.Similarity;

/// <summary>What is said to pgvector about the table of a trunk.</summary>
/// <param name="TrunkId">The trunk.</param>
/// <param name="Dimensions">Of its embeddings.</param>
/// <param name="Schema">Where the extension's type <c>halfvec</c> is, quoted as an identifier.</param>
internal sealed record VectorTableSql(int TrunkId, int Dimensions, string Schema)
{
    private string Table { get; } = string.Create(CultureInfo.InvariantCulture, $"thanosql.similar_{TrunkId}");

    public string Create => string.Create(
        CultureInfo.InvariantCulture,
        $"CREATE TABLE IF NOT EXISTS {Table} (content_id bigint PRIMARY KEY, vector {Schema}.halfvec({Dimensions}) NOT NULL)");

    /// <summary>Contents ($1) and their vectors as texts ($2).</summary>
    public string Set => $"""
        INSERT INTO {Table} (content_id, vector) SELECT c, v::{Schema}.halfvec FROM unnest($1::bigint[], $2::text[]) AS n (c, v)
        ON CONFLICT (content_id) DO UPDATE SET vector = excluded.vector
        """;

    /// <summary>Contents ($1).</summary>
    public string Remove => $"DELETE FROM {Table} WHERE content_id = ANY ($1)";

    /// <summary>Those without an embedding of the trunk ($1).</summary>
    public string RemoveGone => $"""
        DELETE FROM {Table} s
        WHERE NOT EXISTS (SELECT FROM thanosql.embedding e WHERE e.trunk_id = $1 AND e.view = 0 AND e.content_id = s.content_id)
        """;

    /// <summary>The nearest to a vector as text ($1), so many ($2).</summary>
    public string Nearest => $"SELECT content_id FROM {Table} ORDER BY vector OPERATOR({Schema}.<=>) $1::text::{Schema}.halfvec LIMIT $2";

    /// <summary>The nearest to a vector as text ($1), so many ($2), among contents ($3).</summary>
    public string NearestAmong => $"""
        SELECT content_id FROM {Table} WHERE content_id = ANY ($3) ORDER BY vector OPERATOR({Schema}.<=>) $1::text::{Schema}.halfvec LIMIT $2
        """;
}
