using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class EvaluateTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    // Of six images four are answered right; each label has two right, one missed and one too many
    private static readonly object[] Scores = [4 / 6.0, 4 / 6.0, 4 / 6.0, 4 / 6.0];

    [Theory]
    [InlineData("EVALUATE USING old_model AS SELECT * FROM diet", "metrics", "value")]
    [InlineData("EVALUATE USING new_model OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM diet", "metric", "score")]
    [
        InlineData(
            "EVALUATE USING new_model OPTIONS (image_col='photo', label_col='truth') AS SELECT image_path AS photo, label AS truth FROM diet",
            "metric", "score")
    ]
    public async Task Both_spellings_give_one_metric_a_row(string text, string name, string value)
    {
        var answer = await catalog.RunAsync(text);

        answer.Columns.ShouldBe([name, value]);
        answer.Column(name).ShouldBe(["Accuracy", "macro-Recall", "macro-Precision", "macro-f1-score"]);
        answer.Column(value).ShouldBe(Scores.Select(s => (object)Math.Round((double)s, 6)));
    }

    [Fact]
    public async Task The_models_own_answer_is_judged_whatever_a_person_said()
    {
        await catalog.ExecuteAsync("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition)
                VALUES ('e', 'workspace', 'v/', 'none', 'old_model', '{}');
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by) SELECT pipeline_id, 'workspace', 'v/5.jpg', '채소', 'test'
                FROM thanosql.pipeline WHERE name = 'e';
            """);
        var answer = await catalog.RunAsync("EVALUATE USING old_model AS SELECT * FROM diet");
        await catalog.ExecuteAsync("DELETE FROM thanosql.pipeline WHERE name = 'e'");

        answer.Column("value").First().ShouldBe(0.666667);
    }

    [Theory]
    [InlineData("EVALUATE USING old_model AS SELECT image_path FROM diet", "unknown_column", "label_col")]
    [InlineData("EVALUATE USING old_model AS SELECT image_path, NULL AS label FROM diet", "empty_source", "thanosql.failures")]
    public async Task What_cannot_be_judged_is_an_error_that_says_what_to_do(string text, string code, string hint)
    {
        var error = await Should.ThrowAsync<QueryException>(() => catalog.RunAsync(text));

        error.Code.Name.ShouldBe(code);
        error.Hint.ShouldNotBeNull().ShouldContain(hint);
    }
}
