using ThanoSql.Language;
using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class PredictTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    private static IEnumerable<object?> Paths => SeededCatalog.Images.Select(i => (object?)i.Path);

    private static IEnumerable<object?> Best => SeededCatalog.Images.Select(i => (object?)i.Best);

    [Fact]
    public async Task The_old_dialect_gives_the_image_column_and_predicted_in_input_order()
    {
        var answer = await catalog.RunAsync("PREDICT USING old_model AS SELECT * FROM diet");

        answer.Columns.ShouldBe(["image_path", "predicted"]);
        answer.Column("image_path").ShouldBe(Paths);
        answer.Column("predicted").ShouldBe(Best);
    }

    [Fact]
    public async Task The_new_dialect_keeps_all_columns_and_adds_predict_result()
    {
        var answer = await catalog.RunAsync("PREDICT USING new_model AS SELECT * FROM diet");

        answer.Columns.ShouldBe(["image_path", "label", "price", "predict_result"]);
        answer.Column("predict_result").ShouldBe(Best);
    }

    [Theory]
    [InlineData("SELECT * FROM (PREDICT USING old_model AS SELECT * FROM diet) WHERE label = predicted", 4)]
    [InlineData("SELECT * FROM (SELECT 1) a CROSS JOIN (PREDICT USING old_model AS SELECT * FROM diet)", 6)]
    [InlineData("WITH p AS (PREDICT USING old_model AS SELECT * FROM diet ORDER BY price) SELECT * FROM p", 6)]
    public async Task Inside_another_query_the_old_dialect_offers_all_columns(string text, int rows)
    {
        var answer = await catalog.RunAsync(text);

        answer.Columns.TakeLast(4).ShouldBe(["image_path", "label", "price", "predicted"]);
        answer.Rows.Count.ShouldBe(rows);
    }

    [Theory]
    [InlineData("result_col='answer'")]
    [InlineData("column_name = \"answer\", batch_size=16, input_size=224")]
    public async Task A_result_column_in_the_statement_means_the_new_dialect(string options)
    {
        var answer = await catalog.RunAsync(
            $"PREDICT USING old_model OPTIONS (image_col='image_path', {options}) AS SELECT image_path, price FROM diet");

        answer.Columns.ShouldBe(["image_path", "price", "answer"]);
    }

    [Fact]
    public async Task A_source_is_sorted_and_limited_before_it_is_predicted()
    {
        var answer = await catalog.RunAsync("PREDICT USING old_model AS SELECT * FROM diet ORDER BY price DESC LIMIT 2 -- the dearest");

        answer.Column("image_path").ShouldBe(["v/6.jpg", "v/5.jpg"]);
    }

    [Fact]
    public async Task Workspace_home_and_bucket_paths_name_the_same_image()
    {
        var answer = await catalog.RunAsync(
            "PREDICT USING old_model AS SELECT unnest(ARRAY['/home/jovyan/f/3.jpg', 's3://workspace/f/3.jpg', " +
            "'./f/3.jpg', 's3://other/f/3.jpg']) AS image_path");

        answer.Column("predicted").ShouldBe(["과일", "과일", "과일", null]);
    }

    [Fact]
    public async Task Images_without_an_answer_are_looked_at_and_the_unreadable_ones_are_counted()
    {
        var name = $"new/{Guid.NewGuid():N}.jpg";
        List<string> asked = [];
        var answer = await catalog.RunAsync(
            $"PREDICT USING old_model AS SELECT unnest(ARRAY['{name}', NULL, 'no/such.jpg', '{name}']) AS image_path",
            async (_, paths, _, _) =>
            {
                asked.AddRange(paths);
                await catalog.IndexAsync(name, "채소", 0.5);
            });

        asked.ShouldBe([name, "no/such.jpg"], ignoreOrder: true);
        answer.Column("predicted").ShouldBe(["채소", null, null, "채소"]);
        answer.Messages.ShouldHaveSingleItem().ShouldContain("no/such.jpg");
        answer.Messages[0].ShouldContain("thanosql.failures");
    }

    [Theory]
    [InlineData("EVALUATE USING new_model AS SELECT image_path, predicted AS label FROM (PREDICT USING old_model AS SELECT * FROM {0})")]
    [InlineData("SELECT count(*) FROM (SELECT * FROM (PREDICT USING new_model AS SELECT image_path FROM {0}) a WHERE predict_result IS NOT NULL) b")]
    [InlineData("SELECT * FROM diet d LEFT JOIN (PREDICT USING old_model AS SELECT image_path FROM {0}) p ON p.image_path = d.image_path")]
    public async Task An_image_without_an_answer_at_any_depth_is_looked_at(string text)
    {
        var name = $"deep/{Guid.NewGuid():N}.jpg";
        List<string> asked = [];
        await catalog.RunAsync(
            string.Format(
                System.Globalization.CultureInfo.InvariantCulture, text, $"(SELECT '{name}' AS image_path UNION ALL SELECT image_path FROM diet) s"),
            async (_, paths, _, _) =>
            {
                if (asked.Count == 0)
                    await catalog.IndexAsync(name, "채소", 0.5);
                asked.AddRange(paths);
            });

        asked.ShouldBe([name]);
    }

    [Fact]
    public async Task A_volatile_source_runs_once()
    {
        var answer = await catalog.RunAsync(
            "SELECT * FROM (PREDICT USING new_model AS SELECT image_path, random() AS r FROM diet ORDER BY random() LIMIT 3) a " +
            "JOIN (SELECT 1) b ON true WHERE r = r");

        answer.Rows.Count.ShouldBe(3);
        answer.Column("predict_result").ShouldNotContain((object?)null);
    }

    [Fact]
    public async Task A_models_own_answer_is_given_whatever_a_person_said()
    {
        await catalog.ExecuteAsync("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition)
                VALUES ('p', 'workspace', 'f/', 'none', 'old_model', '{}');
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by) SELECT pipeline_id, 'workspace', 'f/3.jpg', '사과파이', 'test'
                FROM thanosql.pipeline WHERE name = 'p';
            """);
        var answer = await catalog.RunAsync("PREDICT USING old_model AS SELECT * FROM diet WHERE image_path = 'f/3.jpg'");
        await catalog.ExecuteAsync("DELETE FROM thanosql.pipeline WHERE name = 'p'");

        answer.Column("predicted").ShouldBe(["과일"]);
    }

    [Theory]
    [InlineData("PREDICT USING old_modell AS SELECT * FROM diet", "unknown_model", "old_model")]
    [InlineData("PREDICT USING old_model AS SELECT label FROM diet", "unknown_column", "image_col")]
    [InlineData("PREDICT USING old_model AS SELECT a.*, b.* FROM diet a, diet b", "column_exists", "AS a_x")]
    [InlineData("PREDICT USING new_model AS SELECT *, 1 AS predict_result FROM diet", "column_exists", "result_col")]
    [InlineData("SELECT * FROM (PREDICT USING old_model AS SELECT *, 1 AS predicted FROM diet)", "column_exists", "result_col")]
    [InlineData("PREDICT USING whisper_s OPTIONS (audio_col='a', language='auto') AS SELECT * FROM diet", "not_supported", "Whisper")]
    [InlineData("PREDICT USING mine OPTIONS (question='how many?') AS SELECT * FROM diet", "not_supported", "ViLT")]
    [InlineData("EVALUATE USING titanic OPTIONS (target='survived') AS SELECT * FROM titanic", "not_supported", "AutomlClassifier")]
    [InlineData("SELECT * FROM (GENERATE USING GPT OPTIONS (task='faq', text_col='t') AS SELECT 1 AS t)", "not_supported", "GPT")]
    [InlineData("TRANSFORM USING titanic AS SELECT * FROM nowhere", "not_supported", "AutomlClassifier")]
    [InlineData("SEARCH KEYWORD USING m OPTIONS (text_col='review') AS SELECT * FROM nowhere", "not_supported", "SBERT")]
    [InlineData("SEARCH VIDEO USING m OPTIONS (search_by='text') AS SELECT * FROM nowhere", "not_supported", "XCLIP")]
    [InlineData("FUNCTION preprocess.video_to_df OPTIONS (interval=1) FROM 'a.mp4'", "not_supported", "video")]
    [InlineData("SELECT * FROM diet d, LATERAL (PREDICT USING old_model AS SELECT * FROM diet) p", "correlated_source", "LATERAL")]
    [
        InlineData(
            "SELECT (SELECT predicted FROM (PREDICT USING old_model AS SELECT d.image_path) p) FROM diet d", "correlated_source", "Join")
    ]
    [InlineData("PREDICT USING old_model AS SELECT * FROM dite", "42P01", null)]
    public async Task What_cannot_be_answered_is_an_error_with_a_place_and_a_hint(string text, string code, string? hint)
    {
        var error = await Should.ThrowAsync<QueryException>(() => catalog.RunAsync(text));

        error.Code.Name.ShouldBe(code);
        error.Position.ShouldNotBeNull();
        if (hint is not null)
            (error.Message + error.Hint).ShouldContain(hint);
    }

    [Fact]
    public async Task An_option_of_another_algorithm_is_unknown_to_a_model_that_is_there() =>
        (await Should.ThrowAsync<ThanoSqlSyntaxException>(
            () => catalog.RunAsync("PREDICT USING old_model OPTIONS (question='how many?') AS SELECT * FROM diet")))
            .Hint.ShouldNotBeNull().ShouldContain("image_col");

    [Fact]
    public async Task A_servers_error_names_the_place_in_the_users_text()
    {
        const string Text = "SELECT '가', p.* FROM (PREDICT USING old_model AS SELECT image_path, nosuch FROM diet) p";
        var error = await Should.ThrowAsync<QueryException>(() => catalog.RunAsync(Text));

        error.Position!.Value.Offset.ShouldBe(Text.IndexOf("nosuch", StringComparison.Ordinal));
    }
}
