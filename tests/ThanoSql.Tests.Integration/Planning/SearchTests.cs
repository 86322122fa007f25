using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class SearchTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    [Fact]
    public async Task Rows_come_with_the_score_of_the_asked_label_best_first()
    {
        var answer = await catalog.RunAsync("SEARCH IMAGE keyword='과일' USING old_model AS SELECT * FROM diet");

        answer.Columns.ShouldBe(["image_path", "label", "price", "search_result"]);
        answer.Column("image_path").ShouldBe(["f/3.jpg", "f/1.jpg", "v/5.jpg", "v/2.jpg", "f/4.jpg", "v/6.jpg"]);
        answer.Column("search_result").Select(s => Math.Round((float)s!, 2)).ShouldBe([0.9, 0.8, 0.6, 0.3, 0.25, 0.05]);
    }

    [Fact]
    public async Task Options_of_the_newer_spelling_limit_and_name_the_result()
    {
        var answer = await catalog.RunAsync("""
            SEARCH IMAGE USING old_model OPTIONS (search_by='keyword', search_input='과일', result_col='likeness', top_k=2, min_score=0.5)
            AS SELECT image_path FROM diet
            """);

        answer.Columns.ShouldBe(["image_path", "likeness"]);
        answer.Column("image_path").ShouldBe(["f/3.jpg", "f/1.jpg"]);
    }

    [Fact]
    public async Task A_human_label_wins()
    {
        await using var pipeline = await catalog.PipelineAsync(
            "s", """{"synonyms": {"사과파이": ["애플파이"]}}""", ("f/3.jpg", "사과파이"), ("v/6.jpg", "과일"));
        var fruit = await catalog.RunAsync("SEARCH IMAGE keyword='과일' USING new_model OPTIONS (min_score=0.5) AS SELECT * FROM diet");
        var pie = await catalog.RunAsync("SEARCH IMAGE keyword='애플파이' USING new_model AS SELECT * FROM diet");

        pie.Column("search_result").ShouldBe([1f]);
        fruit.Column("image_path").ShouldBe(["v/6.jpg", "f/1.jpg", "v/5.jpg"]);
        pie.Column("image_path").ShouldBe(["f/3.jpg"]);
    }

    [Fact]
    public async Task A_label_that_only_people_gave_is_found()
    {
        await using var pipeline = await catalog.PipelineAsync("n", "{}", ("f/4.jpg", "버섯"));

        var answer = await catalog.RunAsync("SEARCH IMAGE keyword='버섯' USING new_model AS SELECT * FROM diet");

        answer.Column("image_path").ShouldBe(["f/4.jpg"]);
    }

    [Theory]
    [InlineData("SEARCH IMAGE keyword='과알' USING old_model AS SELECT * FROM diet", "unknown_keyword", "과일")]
    [InlineData("SEARCH IMAGE text='a cat' USING my_clip AS SELECT * FROM diet", "not_supported", "my_clip")]
    [InlineData("SEARCH KEYWORD USING sbert OPTIONS (text_col='t') AS SELECT * FROM diet", "not_supported", "sbert")]
    [InlineData("SEARCH IMAGE keyword='과일' AS SELECT * FROM diet", "unknown_model", "USING")]
    public async Task What_cannot_be_searched_is_an_error_that_says_what_can(string text, string code, string mentions)
    {
        var error = await Should.ThrowAsync<QueryException>(() => catalog.RunAsync(text));

        error.Code.Name.ShouldBe(code);
        (error.Message + error.Hint).ShouldContain(mentions);
    }
}
