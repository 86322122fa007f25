using ThanoSql.Catalog.Models;
using ThanoSql.Training;

namespace ThanoSql.Tests.Integration.Training;

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

        (await scene.ScalarAsync<string>("SELECT string_agg(model || ' ' || version || ' ' || state, ',' ORDER BY model, version) FROM thanosql.model_versions WHERE model IN ('base_model', 'other_model')"))
            .ShouldBe("base_model 1 retired,base_model 2 current,other_model 1 current");
        (await scene.ScalarAsync<long>("SELECT count(DISTINCT trunk_id) FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE m.name IN ('base_model', 'other_model')"))
            .ShouldBe(1);
    }

    [Fact]
    public async Task Fitting_refuses_other_labels_and_unknown_bases()
    {
        await scene.PaintFruitAsync("strict");
        await scene.PromoteAsync("strict_model", TrainingScene.Build("strict_model", "SELECT * FROM strict"));
        await scene.PaintAsync("strict", ("귤", 4, 240, 160, 20));

        var run = await scene.RunAsync("strict_model", "FIT MODEL strict_model USING strict_model OPTIONS (epochs=1) AS SELECT * FROM strict");
        run.ErrorCode.ShouldBe(TrainingErrorCodes.LabelsDiffer);
        run.Outcome.ShouldNotBeNull().ShouldContain("귤");
        (await scene.RunAsync("x", "FIT MODEL x USING strict_modle AS SELECT * FROM strict")).Outcome.ShouldNotBeNull().ShouldContain("Did you mean 'strict_model'");
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
        (await scene.RunAsync("doomed_model", "DELETE MODEL doomed_model")).ErrorCode.ShouldBe(TrainingErrorCodes.UnknownModel);
    }
}
