namespace ThanoSql.Tests.Integration.Planning;

public sealed class NestingTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    private const string Predict = "PREDICT USING old_model AS SELECT * FROM diet";

    [Theory]
    [InlineData("""
        SELECT A.image_path, A.label, B.predicted FROM diet A LEFT JOIN (
            SELECT * FROM (PREDICT USING old_model AS SELECT * FROM diet)) B ON A.image_path = B.image_path
        WHERE A.label = B.predicted AND A.label LIKE '과일' LIMIT 10
        """, 2)]
    [InlineData("SELECT * FROM (" + Predict + ") WHERE predicted = '과일'", 3)]
    [InlineData("SELECT * FROM (" + Predict + ") AS p WHERE p.predicted = '과일'", 3)]
    [InlineData("SELECT * FROM ((" + Predict + ")) p", 6)]
    [InlineData("SELECT * FROM diet JOIN (" + Predict + ") USING (image_path)", 6)]
    [InlineData("SELECT * FROM diet d, (" + Predict + ") WHERE false", 0)]
    [InlineData("WITH p AS (" + Predict + ") SELECT * FROM p WHERE predicted = '채소'", 3)]
    [InlineData("WITH cheap AS (SELECT * FROM diet WHERE price < 35) SELECT * FROM (PREDICT USING old_model AS SELECT * FROM cheap)", 3)]
    [InlineData("WITH diet AS (SELECT 'f/3.jpg'::text AS image_path) SELECT * FROM (" + Predict + ")", 1)]
    [InlineData(
        "WITH a AS (SELECT * FROM diet WHERE price < 35), b AS (PREDICT USING old_model AS SELECT * FROM a) " +
        "SELECT * FROM (PREDICT USING new_model AS SELECT * FROM b)", 3)]
    [InlineData("(" + Predict + ") UNION ALL (" + Predict + ")", 12)]
    [InlineData("SELECT predicted FROM (" + Predict + ") a UNION SELECT predict_result FROM (PREDICT USING new_model AS SELECT * FROM diet) b", 2)]
    [InlineData("SELECT * FROM diet WHERE label IN (SELECT predicted FROM (PREDICT USING old_model AS SELECT * FROM diet LIMIT 1))", 3)]
    [InlineData("SELECT * FROM diet WHERE EXISTS (" + Predict + ")", 6)]
    [InlineData("SELECT (SELECT count(*) FROM (" + Predict + ")) AS n", 1)]
    [InlineData("PREDICT USING new_model AS SELECT * FROM (" + Predict + ") WHERE predicted = '과일'", 3)]
    [InlineData("PREDICT USING new_model AS SELECT * FROM (" + Predict + ")", 6)]
    [InlineData("PREDICT USING old_model AS (SELECT * FROM diet WHERE price > 35)", 3)]
    [InlineData("SELECT * FROM (SEARCH IMAGE keyword='과일' USING old_model AS SELECT * FROM diet) WHERE price < 35", 3)]
    [InlineData("SELECT * FROM (LIST THANOSQL DATASET)", 1)]
    [InlineData("SELECT * FROM (EVALUATE USING old_model AS SELECT * FROM diet)", 18)]
    public async Task A_statement_works_wherever_a_query_may_stand(string text, int rows) => (await catalog.RunAsync(text)).Rows.Count.ShouldBe(rows);

    [Fact]
    public async Task A_select_straight_from_a_predict_keeps_its_order()
    {
        var answer = await catalog.RunAsync($"SELECT image_path FROM ({Predict}) WHERE predicted IS NOT NULL LIMIT 4");

        answer.Column("image_path").ShouldBe(SeededCatalog.Images.Take(4).Select(i => (object?)i.Path));
    }

    [Fact]
    public async Task Create_table_and_insert_take_a_predict()
    {
        var table = $"t_{Guid.NewGuid():N}";
        await catalog.RunAsync($"CREATE TABLE {table} AS SELECT * FROM ({Predict})");
        await catalog.RunAsync($"INSERT INTO {table} SELECT * FROM ({Predict}) p WHERE p.predicted = '과일'");

        (await catalog.RunAsync($"SELECT * FROM {table}")).Rows.Count.ShouldBe(9);
    }

    [Theory]
    [InlineData("SELECT image_path AS \"PREDICT USING\" FROM diet -- (PREDICT USING x AS SELECT 1)\nWHERE label = '(SEARCH IMAGE)'")]
    [InlineData("select $tag$ FROM (PREDICT USING m AS SELECT 1) $tag$ AS search, E'\\'(' AS predict")]
    [InlineData("  WITH a AS (SELECT 1) /* (LIST TABLE) */ TABLE a")]
    public async Task Plain_sql_is_sent_as_it_was_written(string text) => text.ShouldContain((await catalog.RunAsync(text)).Sql);
}
