using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>Labels as people write them: several spellings, none at all, a whole sentence, and those of pictures that are no more.</summary>
public sealed class LabelSourceTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spellings_are_learned_as_one_label_under_the_one_that_most_pictures_have()
    {
        await scene.PaintAsync("pies", ("apple_pie", 5, 220, 30, 30), ("Apple Pie", 8, 220, 30, 30), ("배", 12, 30, 30, 220));

        var run = await scene.PromoteAsync("pie", TrainingScene.Build("pie", "SELECT * FROM pies"));

        run.Log.ShouldContain("1 label(s) are spelled in several ways and learned as one: 'Apple Pie' (8), also 'apple_pie' (5).");
        (await scene.ScalarAsync<string>(
            "SELECT labels::text || ' ' || (metrics -> 'merged')::text FROM thanosql.model_versions WHERE model = 'pie'"))
            .ShouldBe("""{"Apple Pie",배} {"Apple Pie": {"Apple Pie": 8, "apple_pie": 5}}""");
    }

    [Fact]
    public async Task Of_spellings_with_as_many_pictures_the_first_in_order_is_taken_and_an_option_keeps_them_apart()
    {
        await scene.PaintAsync("letters", ("a", 6, 220, 30, 30), ("A", 6, 30, 220, 30), ("b", 6, 30, 30, 220));

        await scene.PromoteAsync("letter", TrainingScene.Build("letter", "SELECT * FROM letters ORDER BY label COLLATE \"C\" DESC"));
        (await LabelsAsync("letter")).ShouldBe("{a,b}");
        await scene.PromoteAsync(
            "letter", TrainingScene.Build("letter", "SELECT * FROM letters", "epochs=1, overwrite=True, merge_spellings=False"));
        (await LabelsAsync("letter")).ShouldBe("{A,a,b}");
    }

    [Fact]
    public async Task A_label_with_few_pictures_counts_as_much_as_others_where_that_is_asked_for()
    {
        await scene.PaintAsync("rarely", ("흔한", 30, 220, 30, 30), ("드문", 2, 30, 30, 220));
        const string options = "SELECT (options -> 'balance')::text FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) "
            + "WHERE m.name = 'rarely' AND v.state = 'current'";

        await scene.PromoteAsync("rarely", TrainingScene.Build("rarely", "SELECT * FROM rarely"));
        (await scene.ScalarAsync<string>($"SELECT coalesce(({options}), 'not said')")).ShouldBe("not said");
        await scene.PromoteAsync("rarely", TrainingScene.Build("rarely", "SELECT * FROM rarely", "epochs=1, overwrite=True, balance=True"));
        (await scene.ScalarAsync<string>(options)).ShouldBe("true");
        (await LabelsAsync("rarely")).ShouldBe("{드문,흔한}");
    }

    [Fact]
    public async Task FIT_keeps_the_spelling_of_its_base()
    {
        await scene.PaintFruitAsync("based");
        await scene.PromoteAsync("base", TrainingScene.Build("base", "SELECT * FROM based"));

        var run = await scene.PromoteAsync(
            "base", "FIT MODEL base USING base OPTIONS (image_col='image_path', label_col='label', epochs=1, overwrite=True) "
            + "AS SELECT image_path, CASE label WHEN '사과' THEN '사 과' ELSE label END AS label FROM based");

        run.Log.ShouldContain("learned as one: '사과' (0), also '사 과' (12).");
        (await LabelsAsync("base")).ShouldBe("{배,사과}");
    }

    [Fact]
    public async Task Long_labels_are_learned_and_sentences_empty_labels_and_NULL_are_left_out_and_said()
    {
        await scene.PaintFruitAsync("odd");
        await scene.PaintAsync("odd", ("none", 1, 1, 1, 1), ("blank", 1, 1, 1, 1), ("text", 1, 1, 1, 1));
        var name = string.Concat(Enumerable.Repeat("긴", 200));
        await scene.ExecuteAsync($"""
            UPDATE odd SET label = CASE label WHEN '사과' THEN '{name}' WHEN 'none' THEN NULL WHEN 'blank' THEN U&' \200B'
                WHEN 'text' THEN repeat('말', 501) ELSE label END
            """);

        var run = await scene.PromoteAsync("odd", TrainingScene.Build("odd", "SELECT * FROM odd"));

        run.Log.ShouldContain("2 rows without a label are left out.");
        run.Log.ShouldContain("1 rows with a label of more than 500 characters are left out.");
        (await LabelsAsync("odd")).ShouldBe($"{{{name},배}}");
    }

    [Fact]
    public async Task Unreadable_pictures_that_people_labelled_do_not_speak_against_the_source()
    {
        await scene.PaintFruitAsync("unread");
        await scene.RegisterPipelineAsync("unread", "unread", "unread", d => d with { Promote = new PromotionRule { NotWorseBy = 1 } });
        for (var i = 0; i < 6; i++)
            await scene.StoreAsync($"unread/broken/{i}.png", [1, 2, 3]);
        await scene.ExecuteAsync("""
            INSERT INTO thanosql.image (bucket, key) SELECT 'workspace', 'unread/broken/' || n || '.png' FROM generate_series(0, 5) n;
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT p.pipeline_id, 'workspace', 'unread/broken/' || n || '.png', CASE WHEN n < 3 THEN '능금' ELSE '사과' END, 'a person'
            FROM thanosql.pipeline p, generate_series(0, 5) n WHERE p.name = 'unread'
            """);

        var run = await TrainAsync("unread");

        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Log.ShouldContain("6 images that people labelled are missing or unreadable and are left out.");
        (await LabelsAsync("unread")).ShouldBe("{배,사과}");
    }

    [Fact]
    public async Task A_run_fails_only_when_nothing_is_left_to_learn_and_says_what_is_held_out()
    {
        await scene.PaintFruitAsync("judged");
        await scene.RegisterPipelineAsync("judged", "judged", "judged", d => d with { Promote = new PromotionRule { NotWorseBy = 1 } });
        (await TrainAsync("judged")).State.ShouldBe(RunState.Promoted);
        await scene.ExecuteAsync("""
            UPDATE thanosql.held_out h SET held_out = true FROM thanosql.model m, thanosql.image i, judged j
            WHERE m.name = 'judged' AND h.model_id = m.model_id AND i.content_id = h.content_id AND j.image_path = i.key AND j.label = '배'
            """);

        var run = await TrainAsync("judged");

        (run.State, run.ErrorCode).ShouldBe((RunState.Failed, ErrorCode.TooFewLabels.Name));
        run.Outcome.ShouldNotBeNull().ShouldContain("All images of '배' are held out to judge versions");
    }

    private Task<string> LabelsAsync(string model) => scene.ScalarAsync<string>(
        $"SELECT labels::text FROM thanosql.model_versions WHERE model = '{model}' AND state = 'current'");

    private async Task<TrainingRun> TrainAsync(string pipeline)
    {
        var id = await scene.RequestAsync(r => r.TrainAsync(pipeline, RunTrigger.Hand, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }
}
