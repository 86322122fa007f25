namespace ThanoSql.Tests.Integration.Sql;

public sealed class PipelineTableTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    [Fact]
    public async Task A_pipelines_table_is_looked_up_row_by_row_while_nothing_is_left_to_key()
    {
        await catalog.ExecuteAsync("""
            ALTER TABLE diet ADD keyword_source text DEFAULT 'model';
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, state, definition) VALUES ('shop', 'workspace', '', 'diet', 'new_model', 'active', '{}');
            """);

        var keyed = await catalog.RunAsync("SELECT * FROM (PREDICT USING new_model AS SELECT image_path FROM diet WHERE price > 10) LIMIT 2");
        var search = await catalog.RunAsync("SEARCH IMAGE keyword='과일' USING new_model OPTIONS (top_k=1) AS SELECT image_path FROM diet");
        await catalog.ExecuteAsync("INSERT INTO diet (image_path, keyword_source) VALUES ('later.jpg', NULL)");
        var left = await catalog.RunAsync("PREDICT USING new_model AS SELECT image_path FROM diet");

        keyed.Sql.ShouldNotContain("thanosql_best");
        keyed.Column("predict_result").ShouldBe(["과일", "채소"]);
        search.Column("image_path").ShouldBe(["f/3.jpg"]);
        left.Sql.ShouldContain("thanosql_best");
        catalog.Filled.ShouldBe(["later.jpg"]);
    }
}
