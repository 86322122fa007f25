using ThanoSql.Training;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;

namespace ThanoSql.Tests.Integration.Training;

public sealed class FineTuneTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    [Fact]
    public async Task Fine_tuning_gives_the_model_a_trunk_of_its_own()
    {
        await scene.PaintFruitAsync("tuned");
        await scene.PromoteAsync("tuned_model", TrainingScene.Build("tuned_model", "SELECT * FROM tuned"));

        var run = await scene.PromoteAsync("tuned_model", TrainingScene.Build("tuned_model", "SELECT * FROM tuned", "fine_tune=True, epochs=1, batch_size=8, overwrite=True"));

        run.Log.ShouldContain("Fine-tuning takes about");
        run.Log.ShouldContain("Epoch 1: training loss");
        (await scene.ScalarAsync<string>("SELECT trunk_origin || ' ' || version FROM thanosql.models WHERE name = 'tuned_model'")).ShouldBe("tuned 2");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'tuned_model' AND version = 2 AND rank = 1")).ShouldBe(24);
        var artifact = await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'tuned_model' AND version = 2");
        using var file = ModelFile.Read(Path.Combine(scene.ModelFolder, artifact), new InferenceSessionFactory(new VisionOptions { Provider = VisionProvider.Cpu }));
        file.Metadata.Trunk.Preprocessing.InputSize.ShouldBe(32);
        Directory.EnumerateFiles(scene.ModelFolder, "run-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Fine_tuning_says_which_sizes_it_takes()
    {
        await scene.PaintFruitAsync("sizes");

        var run = await scene.RunAsync("sizes_model", TrainingScene.Build("sizes_model", "SELECT * FROM sizes", "fine_tune=True, epochs=1, batch_size=1"));

        run.ErrorCode.ShouldBe(TrainingErrorCodes.OptionOutOfRange);
        run.Outcome.ShouldNotBeNull().ShouldContain("multiple of 32");
    }
}
