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
        answer.Column(name).Take(4).ShouldBe(["Accuracy", "macro-Recall", "macro-Precision", "macro-f1-score"]);
        answer.Column(value).Take(4).ShouldBe(Scores.Select(s => (object)Math.Round((double)s, 6)));
    }

    [Fact]
    public async Task Further_rows_say_more_and_how_far_each_figure_may_be_off()
    {
        var figures = await MeasureAsync("EVALUATE USING new_model AS SELECT * FROM diet");

        figures.Keys.ShouldBe(
        [
            "Accuracy", "macro-Recall", "macro-Precision", "macro-f1-score", "top-3-Accuracy", "calibration-error",
            "Accuracy-low", "Accuracy-high", "macro-Recall-low", "macro-Recall-high", "macro-Precision-low", "macro-Precision-high",
            "macro-f1-score-low", "macro-f1-score-high", "top-3-Accuracy-low", "top-3-Accuracy-high", "calibration-error-low",
            "calibration-error-high",
        ]);
        figures["top-3-Accuracy"].ShouldBe(1); // of two labels
        figures["top-3-Accuracy-low"].ShouldBe(1);
        figures["calibration-error"].ShouldBeInRange(0.000001, 1);
        // Four right of six: 95 % of Binomial(6, 2/3) / 6 lie between 2/6 and 6/6
        figures["Accuracy-low"].ShouldBe(0.333333);
        figures["Accuracy-high"].ShouldBe(1);
    }

    [Fact]
    public async Task The_intervals_are_the_same_whenever_and_in_whatever_order_the_rows_come()
    {
        var once = await MeasureAsync("EVALUATE USING new_model AS SELECT * FROM diet ORDER BY image_path");
        var again = await MeasureAsync("EVALUATE USING new_model AS SELECT * FROM diet ORDER BY image_path DESC");

        again.ShouldBe(once);
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

    private async Task<Dictionary<string, double>> MeasureAsync(string text)
    {
        var answer = await catalog.RunAsync(text);
        return answer.Column("metric").Zip(answer.Column("score")).ToDictionary(m => (string)m.First!, m => (double)m.Second!);
    }
}
