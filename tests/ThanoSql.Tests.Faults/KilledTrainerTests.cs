using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Trainers that die.</summary>
public sealed class KilledTrainerTests(RealServers servers)
{
    private const int Images = 200;
    private const int MostStages = 20; // a build has fewer

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trainers_killed_in_one_stage_of_a_build_after_another_leave_one_whole_version()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await world.StartWorkerAsync();
        for (var i = 0; i < Images; i++)
            await world.Writer.PutAsync($"p/{i:0000}.png", i);
        await world.ShouldBecomeCleanAsync();
        var queue = new TrainingQueue(world.Database);
        // Over another input size than the index's, so that there is much to look at
        const string Build = """
            BUILD MODEL foods USING ConvNeXt_Atto OPTIONS (input_size=64, epochs=2, overwrite=True)
            AS SELECT image_path, substr(image_path, 6, 1) AS label FROM products
            """;
        var run = await queue.AddAsync(new NewTrainingRun(Ledger.Oracle.Model, RunTrigger.Statement, Build, TokenScope.Write), Cancellation);

        var killed = new List<string>();
        while (!(await queue.FindAsync(run, Cancellation))!.IsOver)
        {
            killed.Count.ShouldBeLessThan(MostStages, string.Join(", ", killed));
            var trainer = await world.StartAsync(
                "trainer", ("Training__PollInterval", "00:00:00.200"), ("Training__Lease", "00:00:02"), ("Training__Crashes", "100"));
            if (await NewStageAsync(world, run, killed) is not { } stage)
                break;
            trainer.Kill();
            killed.Add(stage);
            await AtMostOneVersionAheadAsync(world);
        }

        (await queue.FindAsync(run, Cancellation))!.State.ShouldBe(RunState.Promoted);
        killed.Count.ShouldBeGreaterThanOrEqualTo(2, string.Join(", ", killed));
        (await world.ScalarAsync<string>("SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions")).ShouldBe("retired current");
        (await world.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname ~ '^keyword_[0-9]+$' AND relkind = 'r'")).ShouldBe(2);
        (
            await world.ScalarAsync<string>(
                "SELECT min(keyword_version) || ' ' || max(keyword_version) || ' ' || count(*) FROM products WHERE keyword_source = 'model'"))
            .ShouldBe($"2 2 {Images}");
        TestContext.Current.TestOutputHelper!.WriteLine($"Killed in: {string.Join(", ", killed)}");
    }

    /// <summary>The next stage in which no trainer was killed yet; null when the run ended first.</summary>
    private static async Task<string?> NewStageAsync(FaultWorld world, long run, List<string> killed)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        while (true)
        {
            // Under a lease: what a dead trainer left does not count
            var stage = await world.ScalarAsync<string>(
                """
                SELECT CASE WHEN state NOT IN ('queued', 'running') THEN 'over' WHEN alive_until > now() THEN stage END
                FROM thanosql.training_run WHERE run_id = $1
                """, run);
            if (stage == "over")
                return null;
            if (!string.IsNullOrEmpty(stage) && !killed.Contains(stage))
                return stage;
            await Task.Delay(10, deadline.Token);
        }
    }

    // Readers are never shown a version that is not whole
    private static async Task AtMostOneVersionAheadAsync(FaultWorld world)
    {
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.model_versions WHERE state IN ('building', 'candidate')"))
            .ShouldBeLessThanOrEqualTo(1);
        (await world.ScalarAsync<long>($"SELECT count(*) FROM products WHERE keyword_source = 'model'")).ShouldBe(Images);
        (await world.ScalarAsync<long>("SELECT count(DISTINCT keyword_version) FROM products")).ShouldBe(1);
    }
}
