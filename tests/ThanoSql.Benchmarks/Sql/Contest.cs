namespace ThanoSql.Benchmarks.Sql;

/// <summary>A ThanoSQL statement and the SQL that a person would write by hand for the same columns.</summary>
/// <param name="Name">What is asked.</param>
/// <param name="Rounds">How often it is measured.</param>
/// <param name="Statement">What the product's user writes.</param>
/// <param name="ByHand">The same answer from the catalog's tables, by someone who knows them and that every path is spelled as the store's
/// key.</param>
/// <param name="IndexColumns">What a person would read from the pipeline's index columns: near to the same answer (corrected by people, above
/// thresholds) without the catalog.</param>
internal sealed record Contest(string Name, int Rounds, string Statement, string ByHand, string IndexColumns)
{
    public static readonly IReadOnlyList<Contest> All =
    [
        new(
            "PREDICT, a pipeline's 100,000 rows, LIMIT 10", 500,
            $"SELECT * FROM (PREDICT USING {SeededShop.Model} AS SELECT image_path, price FROM products) LIMIT 10",
            """
            SELECT p.image_path, p.price, k.keyword AS predict_result
            FROM products p
            LEFT JOIN thanosql.image i ON i.bucket = 'workspace' AND i.key = p.image_path AND i.state = 'indexed'
            LEFT JOIN thanosql.keyword k ON k.version_id = 1 AND k.content_id = i.content_id AND k.rank = 1
            LIMIT 10
            """,
            "SELECT image_path, price, keyword AS predict_result FROM products LIMIT 10"),
        new(
            "PREDICT, a sub-select of 10,000 rows", 60,
            $"PREDICT USING {SeededShop.Model} AS SELECT p.image_path, p.price, c.title FROM products p JOIN category c USING (category_id) " +
            "WHERE p.price <= 10000",
            """
            SELECT p.image_path, p.price, c.title, k.keyword AS predict_result
            FROM products p
            JOIN category c USING (category_id)
            LEFT JOIN thanosql.image i ON i.bucket = 'workspace' AND i.key = p.image_path AND i.state = 'indexed'
            LEFT JOIN thanosql.keyword k ON k.version_id = 1 AND k.content_id = i.content_id AND k.rank = 1
            WHERE p.price <= 10000
            """,
            "SELECT p.image_path, p.price, c.title, p.keyword AS predict_result FROM products p JOIN category c USING (category_id) " +
            "WHERE p.price <= 10000"),
        new(
            "SEARCH, top 20 of 1,000,000 keyword rows", 500,
            $"SEARCH IMAGE USING {SeededShop.Model} OPTIONS (search_by='keyword', search_input='{SeededShop.Keyword}', top_k=20) " +
            "AS SELECT image_path, price FROM products",
            $"""
            SELECT p.image_path, p.price, k.score AS search_result
            FROM thanosql.keyword k
            JOIN thanosql.image i ON i.content_id = k.content_id AND i.bucket = 'workspace' AND i.state = 'indexed'
            JOIN products p ON p.image_path = i.key COLLATE "default"
            WHERE k.version_id = 1 AND k.keyword = '{SeededShop.Keyword}'
            ORDER BY k.score DESC LIMIT 20
            """,
            $"SELECT image_path, price, keyword_score AS search_result FROM products WHERE keyword = '{SeededShop.Keyword}' " +
            "ORDER BY keyword_score DESC LIMIT 20"),
    ];
}
