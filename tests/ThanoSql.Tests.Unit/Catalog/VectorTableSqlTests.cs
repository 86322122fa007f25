using ThanoSql.Catalog.Similarity;

namespace ThanoSql.Tests.Unit.Catalog;

/// <summary>No server at hand has pgvector: what is said to it stands here as its documentation (0.8) has it.</summary>
public sealed class VectorTableSqlTests
{
    private static readonly VectorTableSql Sql = new(TrunkId: 7, Dimensions: 320, Schema: "\"Ext\"");

    [Fact]
    public void A_trunk_has_a_table_of_half_precision_vectors() => Sql.Create.ShouldBe(
        "CREATE TABLE IF NOT EXISTS thanosql.similar_7 (content_id bigint PRIMARY KEY, vector \"Ext\".halfvec(320) NOT NULL)");

    [Fact]
    public void Vectors_are_set_from_texts_and_removed_by_content()
    {
        Sql.Set.ShouldBe("""
            INSERT INTO thanosql.similar_7 (content_id, vector) SELECT c, v::"Ext".halfvec FROM unnest($1::bigint[], $2::text[]) AS n (c, v)
            ON CONFLICT (content_id) DO UPDATE SET vector = excluded.vector
            """);
        Sql.Remove.ShouldBe("DELETE FROM thanosql.similar_7 WHERE content_id = ANY ($1)");
        Sql.RemoveGone.ShouldBe("""
            DELETE FROM thanosql.similar_7 s
            WHERE NOT EXISTS (SELECT FROM thanosql.embedding e WHERE e.trunk_id = $1 AND e.view = 0 AND e.content_id = s.content_id)
            """);
    }

    [Fact]
    public void The_nearest_come_by_cosine_distance_so_that_an_index_of_it_serves()
    {
        Sql.Nearest.ShouldBe(
            "SELECT content_id FROM thanosql.similar_7 ORDER BY vector OPERATOR(\"Ext\".<=>) $1::text::\"Ext\".halfvec LIMIT $2");
        Sql.NearestAmong.ShouldBe(
            "SELECT content_id FROM thanosql.similar_7 WHERE content_id = ANY ($3) "
            + "ORDER BY vector OPERATOR(\"Ext\".<=>) $1::text::\"Ext\".halfvec LIMIT $2");
    }
}
