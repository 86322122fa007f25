using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tables;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>A trainer that was killed is a run whose lease ran out, with whatever the catalog holds of it.</summary>
public sealed class TakeUpTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_whose_trainer_died_before_it_had_a_version_starts_over()
    {
        await scene.PaintFruitAsync("early");
        var id = await TakenByADeadTrainerAsync("early_model", TrainingScene.Build("early_model", "SELECT * FROM early"));

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Promoted);
    }

    [Fact]
    public async Task A_run_leased_for_ten_years_by_a_clock_that_ran_ahead_is_taken_up_and_keeps_nobody_from_deleting_its_model()
    {
        await scene.PaintFruitAsync("ahead");
        var id = await TakenByADeadTrainerAsync("ahead_model", TrainingScene.Build("ahead_model", "SELECT * FROM ahead"));
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET alive_until = now() + interval '10 years' WHERE run_id = {id}");

        (await scene.RunNextAsync()).ShouldBeTrue();

        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        (run.State, run.Crashes).ShouldBe((RunState.Promoted, 0));
        (await scene.RunAsync("ahead_model", "DELETE MODEL ahead_model")).State.ShouldBe(RunState.Promoted);
    }

    [Fact]
    public async Task A_version_left_while_building_is_removed_and_built_again()
    {
        await scene.PaintFruitAsync("midway");
        await scene.PromoteAsync("midway_model", TrainingScene.Build("midway_model", "SELECT * FROM midway"));
        var id = await TakenByADeadTrainerAsync("midway_model", TrainingScene.Build("midway_model", "SELECT * FROM midway"));
        var version = await LeftOverAsync(id, "midway_model");

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Promoted);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM thanosql.model_version WHERE version_id = {version.VersionId}")).ShouldBe(0);
        (await scene.ScalarAsync<string>("SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions WHERE model = 'midway_model'"))
            .ShouldBe("retired current");
    }

    [Fact]
    public async Task A_switch_left_half_way_goes_on()
    {
        await scene.PaintFruitAsync("switching");
        await scene.PromoteAsync("switching_model", TrainingScene.Build("switching_model", "SELECT * FROM switching"));
        await scene.RegisterPipelineAsync("switching", "switching", "switching_model");
        var id = await TakenByADeadTrainerAsync("switching_model", TrainingScene.Build("switching_model", "SELECT * FROM switching"));
        var version = await LeftOverAsync(id, "switching_model");
        var tables = await ServingTables.OfModelAsync(scene.Database, "switching_model", "workspace", Cancellation);
        tables.Count.ShouldBe(1);
        await scene.Services.GetRequiredService<ModelPromotion>().BeginAsync(version, tables, Cancellation);

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Promoted);
        (await scene.ScalarAsync<string>("SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(keyword_source) FROM switching"))
            .ShouldBe("2 2 24");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM pg_indexes WHERE tablename = 'switching' AND indexdef LIKE '%\\_next%'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_run_that_was_to_be_cancelled_when_its_trainer_died_ends_without_a_trace()
    {
        await scene.PaintFruitAsync("stopped");
        var id = await TakenByADeadTrainerAsync("stopped_model", TrainingScene.Build("stopped_model", "SELECT * FROM stopped"));
        await scene.Queue.CancelAsync(id, Cancellation);

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Cancelled);
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'stopped_model'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_run_over_which_two_trainers_died_is_not_begun_a_third_time_and_leaves_nothing()
    {
        await scene.PaintFruitAsync("deadly");
        await scene.PromoteAsync("deadly_model", TrainingScene.Build("deadly_model", "SELECT * FROM deadly"));
        await scene.RegisterPipelineAsync("deadly", "deadly", "deadly_model");
        var id = await TakenByADeadTrainerAsync("deadly_model", TrainingScene.Build("deadly_model", "SELECT * FROM deadly"));
        var version = await LeftOverAsync(id, "deadly_model");
        var tables = await ServingTables.OfModelAsync(scene.Database, "deadly_model", "workspace", Cancellation);
        await scene.Services.GetRequiredService<ModelPromotion>().BeginAsync(version, tables, Cancellation);
        await DiesOverAsync(id);

        (await scene.RunNextAsync()).ShouldBeTrue();

        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        (run.State, run.ErrorCode, run.Crashes).ShouldBe((RunState.Failed, "crash", 2));
        run.Outcome.ShouldNotBeNull().ShouldStartWith("crash: 2 trainers");
        (await StatesAsync("deadly_model")).ShouldBe("current failed");
        (await scene.ScalarAsync<bool>("SELECT next_version_id IS NULL FROM thanosql.model WHERE name = 'deadly_model'")).ShouldBeTrue();
        await scene.PromoteAsync("deadly_model", TrainingScene.Build("deadly_model", "SELECT * FROM deadly"));
    }

    [Fact]
    public async Task A_rollback_over_which_two_trainers_died_leaves_the_version_that_it_went_to()
    {
        await scene.PaintFruitAsync("deadback");
        for (var i = 0; i < 2; i++)
            await scene.PromoteAsync("deadback_model", TrainingScene.Build("deadback_model", "SELECT * FROM deadback"));
        var versions = scene.Services.GetRequiredService<VersionCatalog>();
        var model = await scene.ScalarAsync<int>("SELECT model_id FROM thanosql.model WHERE name = 'deadback_model'");
        var first = (await versions.FindAsync(model, 1, Cancellation))!;
        var id = await scene.Queue.AddAsync(NewTrainingRun.Rollback("deadback_model", null), Cancellation);
        await DiesOverAsync(id);
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET version_id = {first.VersionId} WHERE run_id = {id}");
        await scene.Services.GetRequiredService<ModelPromotion>().BeginAsync(first, [], Cancellation);
        await DiesOverAsync(id);

        (await scene.RunNextAsync()).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.ErrorCode.ShouldBe("crash");
        (await StatesAsync("deadback_model")).ShouldBe("retired current");
    }

    [Fact]
    public async Task A_run_that_a_trainer_handed_back_counts_as_no_crash()
    {
        await scene.PaintFruitAsync("orderly");
        var build = TrainingScene.Build("orderly_model", "SELECT * FROM orderly");
        var id = await scene.Queue.AddAsync(new NewTrainingRun("orderly_model", RunTrigger.Statement, build, TokenScope.Write), Cancellation);
        for (var i = 0; i < 3; i++)
        {
            // The process is told to end at once
            using var shutdown = new CancellationTokenSource();
            var running = scene.RunNextAsync(shutdown.Token);
            await shutdown.CancelAsync();
            await Should.ThrowAsync<Exception>(() => running);
        }

        (await scene.RunNextAsync()).ShouldBeTrue();

        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        (run.State, run.Crashes).ShouldBe((RunState.Promoted, 0));
    }

    private Task<string> StatesAsync(string model) =>
        scene.ScalarAsync<string>($"SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions WHERE model = '{model}'");

    private async Task DiesOverAsync(long run)
    {
        (await scene.Queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromHours(1), Cancellation))!.RunId.ShouldBe(run);
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET alive_until = now() - interval '1 second' WHERE run_id = {run}");
    }

    private async Task<long> TakenByADeadTrainerAsync(string model, string statement)
    {
        var id = await scene.Queue.AddAsync(new NewTrainingRun(model, RunTrigger.Statement, statement, TokenScope.Write), Cancellation);
        await scene.Queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromHours(1), Cancellation);
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET alive_until = now() - interval '1 second' WHERE run_id = {id}");
        return id;
    }

    /// <summary>A second version of the model, as a trainer leaves it that is killed while it builds: a copy of the first.</summary>
    private async Task<ModelVersion> LeftOverAsync(long run, string model)
    {
        var versions = scene.Services.GetRequiredService<VersionCatalog>();
        var first =
            (await versions.ListAsync(await scene.ScalarAsync<int>($"SELECT model_id FROM thanosql.model WHERE name = '{model}'"), Cancellation))[0];
        await using var connection = await scene.Database.OpenConnectionAsync(Cancellation);
        var left = await VersionCatalog.AddAsync(
            connection, first.ModelId,
            new NewVersion(first.TrunkId, first.Labels, first.Head, first.Metrics, first.Source, first.Options, first.DataFingerprint), Cancellation);
        await EmptyPartition.CreateAsync(scene.Database, left.VersionId, Cancellation);
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET version_id = {left.VersionId} WHERE run_id = {run}");
        return left;
    }
}
