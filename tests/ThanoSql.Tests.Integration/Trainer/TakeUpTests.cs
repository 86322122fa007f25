using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tables;
using ThanoSql.Catalog.Tokens;

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
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET version_id = {left.VersionId} WHERE run_id = {run}");
        return left;
    }
}
