using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tables;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Vision.Models;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>BUILD MODEL … USING SimCLR: the trunk as it is, without labels.</summary>
public sealed class EmbeddingModelTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_source_s_pictures_get_their_embeddings_and_the_run_says_that_nothing_was_trained()
    {
        await scene.PaintFruitAsync("plain");

        var run = await scene.PromoteAsync(
            "plain_model",
            "BUILD MODEL plain_model USING SimCLR OPTIONS (image_col='image_path', filename_col='file_name', label_col='label', batch_size=256, "
            + "max_epochs=5, pretrained=False, overwrite=True) AS SELECT * FROM plain");

        run.Log.ShouldContain("SimCLR trains nothing here");
        run.Log.ShouldContain("24 pictures have their embedding");
        (await scene.ScalarAsync<string>(
            "SELECT class_name || ' ' || version || ' ' || labels || ' ' || image_col || ' ' || (metrics ->> 'rows') FROM thanosql.models "
            + "WHERE name = 'plain_model'")).ShouldBe("SimCLR 1 0 image_path 24");
        (await scene.ScalarAsync<long>(
            """
            SELECT count(*) FROM thanosql.embedding e JOIN thanosql.model_version v USING (trunk_id) JOIN thanosql.image i USING (content_id)
            WHERE v.version_id = (SELECT current_version_id FROM thanosql.model WHERE name = 'plain_model') AND i.key LIKE 'plain/%' AND e.view = 0
            """)).ShouldBe(24);
        (await scene.ScalarAsync<bool>(
            "SELECT to_regclass('thanosql.keyword_' || current_version_id) IS NULL FROM thanosql.model WHERE name = 'plain_model'")).ShouldBeTrue();
    }

    [Fact]
    public async Task The_file_gives_an_embedding_of_length_1_to_any_ONNX_client_and_comes_back_by_no_upload()
    {
        await scene.PaintFruitAsync("filed");
        await scene.PromoteAsync("filed_model", Build("filed_model", "filed"));
        var file = Path.Combine(
            scene.ModelFolder, await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'filed_model'"));

        using var session = new InferenceSession(file);
        var side = session.InputMetadata["image"].Dimensions[^1];
        var pixels = Enumerable.Range(0, 3 * side * side).Select(i => i % 5 / 2f - 1).ToArray();
        using var picture = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, side, side]);
        using var options = new RunOptions();
        using var answer = session.Run(options, ["image"], [picture], [EmbeddingFile.OutputName]);
        Math.Sqrt(answer[0].GetTensorDataAsSpan<float>().ToArray().Sum(v => v * v)).ShouldBe(1, 0.01);
        session.ModelMetadata.CustomMetadataMap["thanosql.labels"].ShouldBe("[]");

        await scene.StoreAsync("uploads/filed.onnx", await File.ReadAllBytesAsync(file, Cancellation));
        var upload = await scene.RunAsync("back", "UPLOAD MODEL back FROM 'uploads/filed.onnx'");
        upload.ErrorCode.ShouldBe("unusable_model");
        upload.Outcome.ShouldNotBeNull().ShouldContain("USING SimCLR");
    }

    [Theory]
    [InlineData("SELECT image_path FROM odd WHERE false", "", "empty_source", "no row with an image path")]
    [InlineData("SELECT 'odd/gone.png' AS image_path", "", "missing_images", "1 of 1 images")]
    [InlineData("SELECT 'odd/no-picture.png' AS image_path", "", "missing_images", "1 of 1 images")]
    [InlineData("SELECT NULL::text AS image_path", "", "missing_images", "1 of 1 images")]
    [InlineData("SELECT image_path AS photo FROM odd", "", "unknown_column", "no image column 'image_path'")]
    [InlineData("SELECT * FROM odd", "image_col='nothing'", "unknown_column", "no image column 'nothing'")]
    [InlineData("SELECT * FROM odd", "fine_tune=True", "unknown_option", "fine_tune")]
    [InlineData("SELECT * FROM odd", "max_epochs=0", "option_out_of_range", "max_epochs")]
    [InlineData("SELECT * FROM nowhere", "", "42P01", "nowhere")]
    public async Task What_cannot_be_built_says_why_and_leaves_no_model(string source, string options, string code, string words)
    {
        await scene.PaintAsync("odd", ("사과", 1, 220, 30, 30));
        await scene.StoreAsync("odd/no-picture.png", [1, 2, 3]);
        var written = options.Length == 0 ? "" : $"OPTIONS ({options}) ";

        var run = await scene.RunAsync("odd_model", $"BUILD MODEL odd_model USING SimCLR {written}AS {source}");

        (run.State, run.ErrorCode).ShouldBe((RunState.Failed, code));
        run.Outcome.ShouldNotBeNull().ShouldContain(words);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'odd_model'")).ShouldBe(0);
    }

    [Theory]
    [InlineData("image_path")]
    [InlineData("image")]
    [InlineData("path")]
    public async Task The_image_column_has_any_name_that_a_generation_gave_it(string column)
    {
        await scene.PaintAsync("named", ("사과", 2, 220, 30, 30));

        await scene.PromoteAsync(
            $"named_{column}", $"BUILD MODEL named_{column} USING SimCLR AS SELECT image_path AS {column} FROM named");

        (await scene.ScalarAsync<string>($"SELECT image_col FROM thanosql.models WHERE name = 'named_{column}'")).ShouldBe(column);
    }

    [Fact]
    public async Task It_takes_a_classifier_s_place_only_when_told_and_gives_it_back_by_a_rollback_with_its_class()
    {
        await scene.PaintFruitAsync("either");
        await scene.PromoteAsync("either_model", TrainingScene.Build("either_model", "SELECT * FROM either"));
        (await scene.RunAsync("either_model", "BUILD MODEL either_model USING SimCLR AS SELECT * FROM either")).ErrorCode.ShouldBe("model_exists");

        await scene.PromoteAsync("either_model", Build("either_model", "either"));
        (await ClassAsync("either_model")).ShouldBe("SimCLR 2");
        await RollBackAsync("either_model", null);
        (await ClassAsync("either_model")).ShouldBe("ConvNeXt_Atto 1");
        await RollBackAsync("either_model", 2);
        (await ClassAsync("either_model")).ShouldBe("SimCLR 2");
        await scene.PromoteAsync("either_model", TrainingScene.Build("either_model", "SELECT * FROM either"));

        (await ClassAsync("either_model")).ShouldBe("ConvNeXt_Atto 3");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'either_model' AND version = 3 AND rank = 1"))
            .ShouldBe(24);
    }

    [Fact]
    public async Task No_table_of_a_pipeline_loses_its_labels_to_it()
    {
        await scene.PaintFruitAsync("kept");
        await scene.PromoteAsync("kept_model", Build("kept_model", "kept"));
        await scene.PromoteAsync("kept_model", TrainingScene.Build("kept_model", "SELECT * FROM kept"));
        await scene.RegisterPipelineAsync("kept", "kept", "kept_model");

        var build = await scene.RunAsync("kept_model", Build("kept_model", "kept"));
        build.ErrorCode.ShouldBe("no_labels");
        build.Outcome.ShouldNotBeNull().ShouldStartWith("Pipeline 'kept' fills table 'kept' with the labels of model 'kept_model'");
        var back = await RollBackAsync("kept_model", null, RunState.Failed);
        back.ErrorCode.ShouldBe("no_labels");

        (await ClassAsync("kept_model")).ShouldBe("ConvNeXt_Atto 2");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM kept WHERE keyword_version = 2")).ShouldBe(24);
        (await scene.ScalarAsync<string>("SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions WHERE model = 'kept_model'"))
            .ShouldBe("retired current");
    }

    [Fact]
    public async Task A_pipeline_that_names_it_waits_and_says_why_until_the_model_is_a_classifier()
    {
        await scene.PaintFruitAsync("waits");
        await scene.PromoteAsync("waits_model", Build("waits_model", "waits"));

        await scene.RegisterPipelineAsync("waits", "waits", "waits_model");

        (await scene.ScalarAsync<string>("SELECT state || ': ' || reason FROM thanosql.pipelines WHERE name = 'waits'"))
            .ShouldBe("waiting: model 'waits_model' has no labels (SimCLR): name a classifier");
        await scene.RequestAsync(r => r.TrainAsync("waits", RunTrigger.Hand, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        (await ClassAsync("waits_model")).ShouldBe("ConvNeXt_Atto 2");
        (await scene.ScalarAsync<string>("SELECT state FROM thanosql.pipelines WHERE name = 'waits'")).ShouldBe("active");
    }

    [Fact]
    public async Task A_table_replaced_while_it_is_being_promoted_keeps_its_labels()
    {
        await scene.PaintFruitAsync("raced");
        await scene.PromoteAsync("raced_model", TrainingScene.Build("raced_model", "SELECT * FROM raced"));
        var id = await TakenByADeadTrainerAsync("raced_model", Build("raced_model", "raced"));
        var version = await LeftOverAsync(id, "raced_model");
        await scene.Services.GetRequiredService<ModelPromotion>().BeginAsync(version, [], Cancellation);
        await scene.RegisterPipelineAsync("raced", "raced", "raced_model");
        await scene.Services.GetRequiredService<PipelineTables>().ReplaceAsync("raced", async connection =>
        {
            await using var copy = new Npgsql.NpgsqlCommand(
                "CREATE TABLE public.raced_2 AS SELECT image_path, label FROM public.raced; DROP TABLE public.raced; "
                + "ALTER TABLE public.raced_2 RENAME TO raced", connection);
            await copy.ExecuteNonQueryAsync(Cancellation);
        }, Cancellation);

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.ErrorCode.ShouldBe("no_labels");
        (await ClassAsync("raced_model")).ShouldBe("ConvNeXt_Atto 1");
        (await scene.ScalarAsync<bool>("SELECT next_version_id IS NULL FROM thanosql.model WHERE name = 'raced_model'")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_run_whose_trainer_died_before_or_after_it_had_a_version_is_taken_up()
    {
        await scene.PaintFruitAsync("died");
        var early = await TakenByADeadTrainerAsync("died_model", Build("died_model", "died"));
        (await scene.RunNextAsync()).ShouldBeTrue();
        (await scene.Queue.FindAsync(early, Cancellation))!.State.ShouldBe(RunState.Promoted);

        var building = await TakenByADeadTrainerAsync("died_model", Build("died_model", "died"));
        await LeftOverAsync(building, "died_model");
        (await scene.RunNextAsync()).ShouldBeTrue();
        (await scene.Queue.FindAsync(building, Cancellation))!.State.ShouldBe(RunState.Promoted);

        var promoting = await TakenByADeadTrainerAsync("died_model", Build("died_model", "died"));
        var version = await LeftOverAsync(promoting, "died_model");
        await scene.Services.GetRequiredService<ModelPromotion>().BeginAsync(version, [], Cancellation);
        (await scene.RunNextAsync()).ShouldBeTrue();
        (await scene.Queue.FindAsync(promoting, Cancellation))!.State.ShouldBe(RunState.Promoted);
        (await ClassAsync("died_model")).ShouldBe($"SimCLR {version.Number}");
    }

    [Fact]
    public async Task It_cannot_be_fitted_and_is_deleted_with_its_file_and_not_its_trunk()
    {
        await scene.PaintFruitAsync("ends");
        await scene.PromoteAsync("ends_model", Build("ends_model", "ends"));
        var file = Path.Combine(
            scene.ModelFolder, await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'ends_model'"));

        var fit = await scene.RunAsync("ends_model", "FIT MODEL ends_model USING ends_model AS SELECT * FROM ends");
        (fit.ErrorCode, fit.ErrorHint).ShouldBe(("no_labels", EmbeddingModel.Hint("ends_model")));
        File.Exists(file).ShouldBeTrue();
        await scene.PromoteAsync("ends_model", "DELETE MODEL ends_model");

        File.Exists(file).ShouldBeFalse();
        (await scene.ScalarAsync<long>(
            "SELECT count(*) FROM thanosql.embedding e JOIN thanosql.image i USING (content_id) WHERE i.key LIKE 'ends/%'")).ShouldBe(24);
    }

    private static string Build(string model, string table) => $"BUILD MODEL {model} USING SimCLR OPTIONS (overwrite=True) AS SELECT * FROM {table}";

    private Task<string> ClassAsync(string model) =>
        scene.ScalarAsync<string>($"SELECT class_name || ' ' || version FROM thanosql.models WHERE name = '{model}'");

    private async Task<TrainingRun> RollBackAsync(string model, int? to, RunState ends = RunState.Promoted)
    {
        var id = await scene.RequestAsync(r => r.RollBackAsync(model, to, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        run.State.ShouldBe(ends, run.Outcome);
        return run;
    }

    private async Task<long> TakenByADeadTrainerAsync(string model, string statement)
    {
        var id = await scene.Queue.AddAsync(new NewTrainingRun(model, RunTrigger.Statement, statement, TokenScope.Write), Cancellation);
        await scene.Queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromHours(1), Cancellation);
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET alive_until = now() - interval '1 second' WHERE run_id = {id}");
        return id;
    }

    /// <summary>A version without labels, as a trainer leaves it that is killed while it builds.</summary>
    private async Task<ModelVersion> LeftOverAsync(long run, string model)
    {
        var modelId = await scene.ScalarAsync<int>($"SELECT model_id FROM thanosql.model WHERE name = '{model}'");
        var trunk = await scene.ScalarAsync<int>($"SELECT min(trunk_id) FROM thanosql.model_version WHERE model_id = {modelId}");
        await using var connection = await scene.Database.OpenConnectionAsync(Cancellation);
        var left = await VersionCatalog.AddAsync(connection, modelId, new NewVersion(trunk, [], [], "{}", "", "{}", ""), Cancellation);
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET version_id = {left.VersionId} WHERE run_id = {run}");
        return left;
    }
}
