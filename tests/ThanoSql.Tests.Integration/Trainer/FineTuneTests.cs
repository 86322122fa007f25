using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;

namespace ThanoSql.Tests.Integration.Trainer;

public sealed class FineTuneTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fine_tuning_gives_the_model_a_trunk_of_its_own()
    {
        await scene.PaintFruitAsync("tuned");
        await scene.PromoteAsync("tuned_model", TrainingScene.Build("tuned_model", "SELECT * FROM tuned"));

        var run = await scene.PromoteAsync(
            "tuned_model", TrainingScene.Build("tuned_model", "SELECT * FROM tuned", "fine_tune=True, epochs=1, batch_size=8, overwrite=True"));

        run.Log.ShouldContain("Fine-tuning takes about");
        run.Log.ShouldContain("Epoch 1: training loss");
        run.Log.ShouldContain("The fine-tuned trunk is kept:");
        (await scene.ScalarAsync<string>("SELECT trunk_origin || ' ' || version FROM thanosql.models WHERE name = 'tuned_model'"))
            .ShouldBe("tuned 2");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'tuned_model' AND version = 2 AND rank = 1"))
            .ShouldBe(24);
        var artifact = await scene.ScalarAsync<string>("SELECT artifact FROM thanosql.model_versions WHERE model = 'tuned_model' AND version = 2");
        using var file = ModelFile.Read(
            Path.Combine(scene.ModelFolder, artifact), new InferenceSessionFactory(new VisionOptions { Provider = VisionProvider.Cpu }));
        file.Metadata.Trunk.Preprocessing.InputSize.ShouldBe(32);
        Directory.EnumerateFiles(scene.ModelFolder, "run-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_version_in_service_answers_until_every_image_was_looked_at_with_the_new_trunk()
    {
        await scene.PaintFruitAsync("serving");
        await scene.PromoteAsync("serving_model", TrainingScene.Build("serving_model", "SELECT * FROM serving"));
        await scene.RegisterPipelineAsync("serving", "serving", "serving_model");
        const string Few =
            "SELECT image_path, label FROM (SELECT *, row_number() OVER (PARTITION BY label ORDER BY image_path) AS n FROM serving) AS s " +
            "WHERE n <= 8";
        var id = await scene.Queue.AddAsync(
            new NewTrainingRun(
                "serving_model", RunTrigger.Statement,
                TrainingScene.Build("serving_model", Few, "fine_tune=True, epochs=2, batch_size=8, overwrite=True"), TokenScope.Write),
            Cancellation);

        var running = scene.RunNextAsync();
        while (!running.IsCompleted)
        {
            (
                await scene.ScalarAsync<string>(
                    "SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(keyword_source) FROM serving"))
                .ShouldBeOneOf("1 1 24", "2 2 24");
        }

        (await running).ShouldBeTrue();
        var log = (await scene.Queue.FindAsync(id, Cancellation))!.Log;
        log.ShouldContain("8 images are looked at with the trunk of version 2; the version in service answers meanwhile.", Case.Sensitive, log);
        (await scene.ScalarAsync<string>("SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(keyword_source) FROM serving"))
            .ShouldBe("2 2 24");
    }

    [Fact]
    public async Task A_fine_tuning_whose_trainer_stopped_goes_on_where_it_was_and_leaves_nothing_behind()
    {
        await scene.PaintFruitAsync("stopping");
        var statement = TrainingScene.Build("stopping_model", "SELECT * FROM stopping", "fine_tune=True, epochs=30, batch_size=4, overwrite=True");
        var id = await scene.Queue.AddAsync(new NewTrainingRun("stopping_model", RunTrigger.Statement, statement, TokenScope.Write), Cancellation);
        using var shutdown = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var first = scene.RunNextAsync(shutdown.Token);
        await WaitUntilAsync(id, run => run.Log.Contains("Epoch 2:", StringComparison.Ordinal));
        await shutdown.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Running);
        Directory.EnumerateFiles(scene.ModelFolder, $"run-{id}.checkpoint").ShouldHaveSingleItem();

        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET alive_until = now() - interval '1 second' WHERE run_id = {id}");
        (await scene.RunNextAsync()).ShouldBeTrue();

        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        run.State.ShouldBe(RunState.Promoted, run.Outcome);
        run.Log.Split('\n').Count(l => l.StartsWith("Epoch 1:", StringComparison.Ordinal)).ShouldBe(1);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model_versions WHERE model = 'stopping_model'")).ShouldBe(1);
        Directory.EnumerateFiles(scene.ModelFolder, "run-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_fine_tuning_leaves_neither_version_nor_files()
    {
        // As much work as there may be: it must not end before it is cancelled
        await scene.PaintAsync("given_up", ("사과", 60, 220, 30, 30), ("배", 60, 30, 30, 220));
        var statement = TrainingScene.Build("given_up_model", "SELECT * FROM given_up", "fine_tune=True, epochs=100, batch_size=2, overwrite=True");
        var id = await scene.Queue.AddAsync(new NewTrainingRun("given_up_model", RunTrigger.Statement, statement, TokenScope.Write), Cancellation);
        var running = scene.RunNextAsync();
        await WaitUntilAsync(id, run => run.Log.Contains("Epoch 1:", StringComparison.Ordinal));
        await scene.Queue.CancelAsync(id, Cancellation);

        (await running).ShouldBeTrue();
        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Cancelled);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'given_up_model'")).ShouldBe(0);
        Directory.EnumerateFiles(scene.ModelFolder, $"run-{id}.*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_schedule_does_not_fine_tune_again_on_the_same_rows()
    {
        await scene.PaintFruitAsync("tuned_once");
        await scene.RegisterPipelineAsync("tuned_once", "tuned_once", "tuned_once_model", d => d with
        {
            Model = d.Model with
            {
                Options = new Dictionary<string, string> { ["fine_tune"] = "True", ["epochs"] = "1", ["input_size"] = "32", ["batch_size"] = "8" },
            },
            Promote = new PromotionRule { MinPerLabel = 100 },
        });

        (await TrainAsync("tuned_once")).State.ShouldBe(RunState.Refused);
        (await TrainAsync("tuned_once")).State.ShouldBe(RunState.Skipped);
    }

    [Fact]
    public async Task A_trunk_that_became_worse_is_not_kept_and_leaves_nothing_behind()
    {
        // Near colours: only a trunk that is in order tells them apart
        await scene.PaintAsync(
            "ruined", ("a", 8, 220, 30, 30), ("b", 8, 190, 60, 30), ("c", 8, 30, 30, 220), ("d", 8, 60, 30, 190), ("e", 8, 30, 220, 30),
            ("f", 8, 30, 190, 60));

        // A rate that tears every weight away from where it was
        var run = await scene.PromoteAsync(
            "ruined_model",
            TrainingScene.Build(
                "ruined_model", "SELECT * FROM ruined", "fine_tune=True, epochs=2, batch_size=2, learning_rate=10, frozen_stages=0"));

        run.Log.ShouldContain("The head on the trunk as it was is kept:", Case.Sensitive, run.Log);
        (await scene.ScalarAsync<string>("SELECT trunk_origin FROM thanosql.models WHERE name = 'ruined_model'")).ShouldNotBe("tuned");
        (await scene.ScalarAsync<long>(
            "SELECT count(*) FROM thanosql.embedding JOIN thanosql.trunk t USING (trunk_id) " +
            "WHERE origin = 'tuned' AND NOT EXISTS (SELECT FROM thanosql.model_version v WHERE v.trunk_id = t.trunk_id)")).ShouldBe(0);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.indexed WHERE model = 'ruined_model' AND rank = 1")).ShouldBe(48);
    }

    [Fact]
    public async Task Fine_tuning_needs_more_than_one_image_a_step()
    {
        await scene.PaintFruitAsync("alone");

        var run = await scene.RunAsync(
            "alone_model", TrainingScene.Build("alone_model", "SELECT * FROM alone", "fine_tune=True, epochs=1, batch_size=1"));

        run.ErrorCode.ShouldBe("option_out_of_range");
        run.Outcome.ShouldNotBeNull().ShouldContain("batch_size of at least 2");
    }

    [Theory]
    [InlineData("training_size=100", "must be a multiple of 32, from 32 to 512")]
    [InlineData("frozen_stages=4", "must be from 0 to 3")]
    [InlineData("layer_decay=0", "must be from 0.1 to 1")]
    [InlineData("averaging=1", "must be from 0 to 0.9999")]
    [InlineData("mix_up=-1", "must be from 0 to 1")]
    public async Task Fine_tuning_says_what_its_options_take(string option, string expected)
    {
        var run = await scene.RunAsync(
            "never_model", TrainingScene.Build("never_model", "SELECT * FROM never_read", $"fine_tune=True, epochs=1, {option}"));

        run.ErrorCode.ShouldBe("option_out_of_range");
        run.Outcome.ShouldNotBeNull().ShouldContain(expected);
    }

    [Fact]
    public async Task Fine_tuning_heeds_its_options()
    {
        await scene.PaintFruitAsync("heeding");

        await scene.PromoteAsync(
            "heeding_model", TrainingScene.Build(
                "heeding_model", "SELECT * FROM heeding",
                "fine_tune=True, epochs=1, batch_size=8, training_size=32, frozen_stages=3, layer_decay=0.8, averaging=0.5, mix_up=0.2"));

        (await scene.ScalarAsync<string>(
            "SELECT options->>'frozen_stages' || ' ' || (options->>'mix_up') FROM thanosql.model_versions WHERE model = 'heeding_model'"))
            .ShouldBe("3 0.2");
    }

    private async Task<TrainingRun> TrainAsync(string pipeline)
    {
        var id = await scene.RequestAsync(r => r.TrainAsync(pipeline, RunTrigger.Schedule, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        return (await scene.Queue.FindAsync(id, Cancellation))!;
    }

    private async Task WaitUntilAsync(long run, Func<TrainingRun, bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!condition((await scene.Queue.FindAsync(run, Cancellation))!))
            await Task.Delay(50, deadline.Token);
    }
}
