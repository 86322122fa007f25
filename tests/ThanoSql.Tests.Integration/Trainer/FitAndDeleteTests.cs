using ThanoSql.Catalog.Runs;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Integration.Trainer;

public sealed class FitAndDeleteTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    [Fact]
    public async Task Fitting_trains_on_with_the_same_labels_and_trunk()
    {
        await scene.PaintFruitAsync("base");
        await scene.PromoteAsync("base_model", TrainingScene.Build("base_model", "SELECT * FROM base"));
        await scene.PaintAsync("base", ("사과", 4, 220, 30, 30));

        await scene.PromoteAsync("base_model", "FIT MODEL base_model USING base_model OPTIONS (epochs=1) AS SELECT * FROM base");
        await scene.PromoteAsync("other_model", "FIT MODEL other_model USING base_model OPTIONS (max_epochs=1) AS SELECT * FROM base");

        (await scene.ScalarAsync<string>(
            "SELECT string_agg(model || ' ' || version || ' ' || state, ',' ORDER BY model, version) FROM thanosql.model_versions " +
            "WHERE model IN ('base_model', 'other_model')"))
            .ShouldBe("base_model 1 retired,base_model 2 current,other_model 1 current");
        (await scene.ScalarAsync<long>(
            "SELECT count(DISTINCT trunk_id) FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) " +
            "WHERE m.name IN ('base_model', 'other_model')"))
            .ShouldBe(1);
    }

    [Fact]
    public async Task Fitting_refuses_other_labels_and_unknown_bases()
    {
        await scene.PaintFruitAsync("strict");
        await scene.PromoteAsync("strict_model", TrainingScene.Build("strict_model", "SELECT * FROM strict"));
        await scene.PaintAsync("strict", ("귤", 4, 240, 160, 20));

        var run = await scene.RunAsync("strict_model", "FIT MODEL strict_model USING strict_model OPTIONS (epochs=1) AS SELECT * FROM strict");
        run.ErrorCode.ShouldBe("labels_differ");
        run.Outcome.ShouldNotBeNull().ShouldContain("귤");
        (await scene.RunAsync("x", "FIT MODEL x USING strict_modle AS SELECT * FROM strict")).Outcome.ShouldNotBeNull().ShouldContain(
            "Did you mean 'strict_model'");
    }

    [Fact]
    public async Task A_published_model_comes_back_by_upload_with_the_same_head()
    {
        await scene.PaintFruitAsync("sent");
        await scene.PromoteAsync("sent_model", TrainingScene.Build("sent_model", "SELECT * FROM sent"));
        var artifact = await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'sent_model'");
        await using (var file = File.OpenRead(Path.Combine(scene.ModelFolder, artifact)))
            await scene.Store.WriteAsync(new ObjectPath("workspace", "uploads/sent.onnx"), file, null, TestContext.Current.CancellationToken);

        await scene.PromoteAsync("received", "UPLOAD MODEL received FROM 'uploads/sent.onnx'");

        (await scene.ScalarAsync<bool>(
            "SELECT count(DISTINCT head) = 1 AND count(*) = 2 FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) " +
            "WHERE m.name IN ('sent_model', 'received')"))
            .ShouldBeTrue();
        (await scene.RunAsync("received", "UPLOAD MODEL received FROM 'uploads/sent.onnx'")).ErrorCode.ShouldBe("model_exists");
    }

    [Fact]
    public async Task Deleting_leaves_neither_rows_nor_keywords_nor_files()
    {
        await scene.PaintFruitAsync("doomed");
        await scene.PromoteAsync("doomed_model", TrainingScene.Build("doomed_model", "SELECT * FROM doomed"));
        var artifact = await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'doomed_model'");
        var version = await scene.ScalarAsync<long>("SELECT current_version_id FROM thanosql.model WHERE name = 'doomed_model'");
        await scene.RegisterPipelineAsync("doomed", "doomed", "doomed_model");

        (await scene.RunAsync("doomed_model", "DELETE MODEL doomed_model")).State.ShouldBe(RunState.Promoted);

        File.Exists(Path.Combine(scene.ModelFolder, artifact)).ShouldBeFalse();
        (await scene.ScalarAsync<bool>($"SELECT to_regclass('thanosql.keyword_{version}') IS NULL")).ShouldBeTrue();
        (await scene.ScalarAsync<string>("SELECT state FROM thanosql.pipelines WHERE name = 'doomed'")).ShouldBe("waiting");
        (await scene.RunAsync("doomed_model", "DELETE MODEL doomed_model")).ErrorCode.ShouldBe("unknown_model");
    }

    [Fact]
    public async Task Deleting_a_fine_tuned_model_frees_its_trunk_and_no_other()
    {
        await scene.PaintFruitAsync("tuned");
        await scene.PromoteAsync("tuned_model", TrainingScene.Build("tuned_model", "SELECT * FROM tuned", "epochs=1, fine_tune=True, batch_size=4"));
        var installed = Directory.GetFiles(scene.ModelFolder, "ConvNeXt*");
        Directory.GetFiles(scene.ModelFolder, "tuned-*").Length.ShouldBe(1);

        await scene.PromoteAsync("tuned_model", "DELETE MODEL tuned_model");

        Directory.GetFiles(scene.ModelFolder, "tuned-*").ShouldBeEmpty();
        Directory.GetFiles(scene.ModelFolder, "ConvNeXt*").ShouldBe(installed);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.embedding JOIN thanosql.trunk USING (trunk_id) WHERE origin = 'tuned'"))
            .ShouldBe(0);
    }
}
