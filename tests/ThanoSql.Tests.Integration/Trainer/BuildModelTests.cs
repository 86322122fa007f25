using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;

namespace ThanoSql.Tests.Integration.Trainer;

public sealed class BuildModelTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    [Fact]
    public async Task A_model_is_built_keyed_published_and_in_service()
    {
        await scene.PaintFruitAsync("first");

        var run = await scene.PromoteAsync("first_model", TrainingScene.Build("first_model", "SELECT * FROM first"));

        run.Log.ShouldContain("random stand-in");
        run.Log.ShouldContain("held-out images: accuracy 1.000");
        (await scene.ScalarAsync<string>("SELECT version || ' ' || labels || ' ' || class_name FROM thanosql.models WHERE name = 'first_model'"))
            .ShouldBe("1 2 ConvNeXt_Atto");
        (await scene.ScalarAsync<string>("SELECT dialect FROM thanosql.model WHERE name = 'first_model'")).ShouldBe("old");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'first_model' AND rank = 1")).ShouldBe(24);
        (await scene.ScalarAsync<double>("SELECT (metrics ->> 'macro_f1')::float8 FROM thanosql.model_versions WHERE model = 'first_model'"))
            .ShouldBe(1);
        var artifact = await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'first_model'");
        using var file = ModelFile.Read(
            Path.Combine(scene.ModelFolder, artifact), new InferenceSessionFactory(new VisionOptions { Provider = VisionProvider.Cpu }));
        file.Metadata.Labels.ShouldBe(["배", "사과"]);
        file.Metadata.Note.ShouldNotBeNull().ShouldContain("random");
    }

    [Fact]
    public async Task The_spelling_of_epochs_decides_the_dialect()
    {
        await scene.PaintFruitAsync("spelling");

        await scene.PromoteAsync("spelt", TrainingScene.Build("spelt", "SELECT * FROM spelling", "max_epochs=1, overwrite=True"));

        (await scene.ScalarAsync<string>("SELECT dialect FROM thanosql.model WHERE name = 'spelt'")).ShouldBe("new");
    }

    [Fact]
    public async Task Building_again_replaces_the_version_and_keeps_the_held_out_part()
    {
        await scene.PaintFruitAsync("again");
        await scene.PromoteAsync("again_model", TrainingScene.Build("again_model", "SELECT * FROM again"));
        var heldOut = await scene.ScalarAsync<string>(HeldOut("again_model"));
        await scene.PaintAsync("again", ("귤", 6, 240, 160, 20));

        await scene.PromoteAsync("again_model", TrainingScene.Build("again_model", "SELECT * FROM again"));

        (
            await scene.ScalarAsync<string>(
                "SELECT string_agg(version || state, ' ' ORDER BY version) FROM thanosql.model_versions WHERE model = 'again_model'"))
            .ShouldBe("1retired 2current");
        (await scene.ScalarAsync<string>(HeldOut("again_model"))).ShouldStartWith(heldOut);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'again_model' AND rank = 1 AND version = 2"))
            .ShouldBe(30);
    }

    [Fact]
    public async Task An_existing_name_is_kept_unless_overwrite_is_said()
    {
        await scene.PaintFruitAsync("kept");
        await scene.PromoteAsync("kept_model", TrainingScene.Build("kept_model", "SELECT * FROM kept", "epochs=1"));

        var run = await scene.RunAsync("kept_model", TrainingScene.Build("kept_model", "SELECT * FROM kept", "epochs=1"));

        run.State.ShouldBe(RunState.Failed);
        run.ErrorCode.ShouldBe("model_exists");
        run.Outcome.ShouldNotBeNull().ShouldContain("overwrite=True");
        run.ErrorOffset.ShouldBe(run.Statement.IndexOf("kept_model", StringComparison.Ordinal));
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model_versions WHERE model = 'kept_model'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_label_with_a_single_image_is_left_out_by_name()
    {
        await scene.PaintAsync("lonely", ("사과", 4, 220, 30, 30), ("배", 4, 30, 30, 220), ("귤", 1, 240, 160, 20));

        var run = await scene.PromoteAsync("lonely_model", TrainingScene.Build("lonely_model", "SELECT * FROM lonely"));

        run.Log.ShouldContain("1 label(s) with 1 image(s) are left out, since one image is too few to learn a label: '귤'.");
        (await scene.ScalarAsync<string>("SELECT metrics ->> 'left_out' FROM thanosql.model_versions WHERE model = 'lonely_model'"))
            .ShouldBe("{\"귤\": 1}");
        (await scene.ScalarAsync<string[]>(
            "SELECT labels FROM thanosql.model_version JOIN thanosql.model USING (model_id) WHERE name = 'lonely_model'"))
            .ShouldBe(["배", "사과"], ignoreOrder: true);
    }

    [Fact]
    public async Task Labels_of_which_one_image_alone_can_be_read_or_trained_on_are_left_out()
    {
        await scene.PaintAsync("torn", ("사과", 12, 220, 30, 30), ("배", 12, 30, 30, 220), ("귤", 1, 240, 160, 20), ("감", 2, 250, 90, 10));
        await scene.ExecuteAsync("INSERT INTO torn VALUES ('torn/nowhere.png', '귤')");
        await scene.PromoteAsync("torn_model", TrainingScene.Build("torn_model", "SELECT * FROM torn"));
        await scene.ExecuteAsync(
            """
            UPDATE thanosql.held_out h SET held_out = true FROM thanosql.image i, torn t
            WHERE h.content_id = i.content_id AND i.key = t.image_path AND t.label = '감'
            """);

        var run = await scene.PromoteAsync("torn_model", TrainingScene.Build("torn_model", "SELECT * FROM torn"));

        run.Log.ShouldContain("since of their images one alone can be read: '귤'.");
        run.Log.ShouldContain("1 label(s) with 2 image(s) are left out, since all of their images are held out to judge versions: '감'.");
        (await scene.ScalarAsync<string>("SELECT metrics ->> 'left_out' FROM thanosql.model_versions WHERE model = 'torn_model' AND version = 2"))
            .ShouldBe("{\"감\": 2, \"귤\": 1}");
    }

    [Fact]
    public async Task Where_too_little_is_left_the_labels_are_named_and_nothing_is_half_done()
    {
        await scene.PaintAsync("single", ("사과", 4, 220, 30, 30), ("배", 1, 30, 30, 220), ("귤", 1, 240, 160, 20));

        var run = await scene.RunAsync("single_model", TrainingScene.Build("single_model", "SELECT * FROM single"));

        run.ErrorCode.ShouldBe("single_image_label");
        run.Outcome.ShouldNotBeNull().ShouldContain("'귤', '배'");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'single_model'")).ShouldBe(0);
    }

    [Fact]
    public async Task One_label_alone_makes_no_classifier()
    {
        await scene.PaintAsync("alone", ("사과", 4, 220, 30, 30));

        (await scene.RunAsync("alone_model", TrainingScene.Build("alone_model", "SELECT * FROM alone"))).ErrorCode.ShouldBe(
            "too_few_labels");
    }

    [Fact]
    public async Task A_few_missing_images_and_labels_are_left_out_and_said()
    {
        await scene.PaintFruitAsync("holes");
        await scene.ExecuteAsync("INSERT INTO holes VALUES ('holes/nowhere.png', '사과'), ('holes/unlabelled.png', NULL)");
        using (var broken = new MemoryStream("not a picture"u8.ToArray()))
            await scene.Store.WriteAsync(new ObjectPath("workspace", "holes/broken.png"), broken, null, TestContext.Current.CancellationToken);
        await scene.ExecuteAsync("INSERT INTO holes VALUES ('holes/broken.png', '배')");

        var run = await scene.PromoteAsync("holes_model", TrainingScene.Build("holes_model", "SELECT * FROM holes"));

        run.Log.ShouldContain("2 of 26 images are missing or unreadable");
        run.Log.ShouldContain("1 rows without a label");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures WHERE path = 'holes/broken.png'")).ShouldBe(1);
    }

    [Fact]
    public async Task Too_many_missing_images_fail_the_build()
    {
        await scene.PaintFruitAsync("gone");
        await scene.ExecuteAsync("INSERT INTO gone SELECT 'gone/' || n || '.png', '사과' FROM generate_series(1, 5) n");

        var run = await scene.RunAsync("gone_model", TrainingScene.Build("gone_model", "SELECT * FROM gone"));

        run.ErrorCode.ShouldBe("missing_images");
        run.Outcome.ShouldNotBeNull().ShouldContain("5 of 29");
    }

    [Fact]
    public async Task A_second_build_at_once_is_refused_to_who_asks()
    {
        await scene.PaintFruitAsync("twice");
        var statement = TrainingScene.Build("twice_model", "SELECT * FROM twice");
        var first = await scene.Queue.AddAsync(
            new NewTrainingRun("twice_model", RunTrigger.Statement, statement, TokenScope.Write), TestContext.Current.CancellationToken);

        await Should.ThrowAsync<TrainingRunOpenException>(() => scene.RunAsync("twice_model", statement));

        await scene.RunNextAsync();
        (await scene.Queue.FindAsync(first, TestContext.Current.CancellationToken))!.State.ShouldBe(RunState.Promoted);
    }

    [Theory]
    [InlineData("BUILD MODEL m USING EfficientNetV2S AS SELECT 1", "not_supported", "EfficientNetV2S is not supported")]
    [InlineData("BUILD MODEL m USING ConvNext_Tiny AS SELECT 1", "unknown_algorithm", "ConvNeXt_Tiny")]
    [InlineData("BUILD MODEL m USING ConvNeXt_Atto OPTIONS (epoch_s=1) AS SELECT 1", "unknown_option", "epoch_s")]
    [InlineData("BUILD MODEL m USING ConvNeXt_Atto OPTIONS (batch_size='many') AS SELECT 1", "wrong_option_type", "batch_size")]
    [InlineData("BUILD MODEL m USING ConvNeXt_Atto OPTIONS (input_size=32) AS SELECT * FROM no_such_table", "42P01", "no_such_table")]
    [
        InlineData(
            "BUILD MODEL m USING ConvNeXt_Atto OPTIONS (input_size=32) AS SELECT 'a' AS imagepath, 'b' AS label", "unknown_column",
            "imagepath")
    ]
    [
        InlineData(
            "BUILD MODEL m USING ConvNeXt_Atto OPTIONS (input_size=32) AS SELECT 'a' AS image_path, 'b' AS label WHERE false",
            "empty_source", "no row")
    ]
    public async Task Wrong_statements_say_what_to_do(string statement, string code, string says)
    {
        var run = await scene.RunAsync("m", statement);

        run.ErrorCode.ShouldBe(code, run.Outcome);
        $"{run.Outcome} {run.ErrorHint}".ShouldContain(says);
    }

    private static string HeldOut(string model) =>
        "SELECT string_agg(content_id || '' || held_out, ',' ORDER BY content_id) FROM thanosql.held_out " +
        $"WHERE model_id = (SELECT model_id FROM thanosql.model WHERE name = '{model}')";
}
