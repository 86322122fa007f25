using System.Globalization;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Runs;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

public sealed class ModelSwitchTests(RealServers servers)
{
    private const int Switches = 20;
    private const int Versions = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_switched_twenty_times_under_load_never_leaves_the_index_empty_or_a_keyword_that_its_version_did_not_give()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        for (var seed = 2; seed <= Versions; seed++)
            await world.Oracle.AddVersionAsync(seed);
        var worker = await world.StartWorkerAsync();
        await world.StartWorkerAsync();
        await world.StartAsync("trainer", ("Training__PollInterval", "00:00:00.500"));
        for (var i = 0; i < 150; i++)
            await world.Writer.PutAsync($"p/{i:0000}.png", i); // the key tells the picture
        await world.ShouldBecomeCleanAsync();

        using var end = new CancellationTokenSource();
        var reading = ReadAsync(world, end.Token);
        var writing = WriteAsync(world, end.Token);
        var queue = new TrainingQueue(world.Database);
        for (var i = 0; i < Switches; i++)
        {
            var target = ((i + 1) % Versions) + 1;
            var run = await queue.AddAsync(
                NewTrainingRun.Rollback(Ledger.Oracle.Model, target), Cancellation);
            await world.EventuallyAsync("state NOT IN ('queued', 'running') FROM thanosql.training_run WHERE run_id = $1", run);
            (await queue.FindAsync(run, Cancellation))!.State.ShouldBe(RunState.Promoted);
            (await world.ScalarAsync<int>("SELECT version FROM thanosql.models")).ShouldBe(target);
        }
        await end.CancelAsync();
        var looks = await reading;
        await writing;

        await world.ShouldBecomeCleanAsync();
        looks.ShouldBeGreaterThan(Switches);
        await worker.WaitForMetricAsync("thanosql_model_version", "model=\"foods\"", (Switches % Versions) + 1);
        TestContext.Current.TestOutputHelper!.WriteLine($"{looks} looks at {world.Writer.Account.Pictures.Count} rows");
    }

    private static async Task WriteAsync(FaultWorld world, CancellationToken end)
    {
        for (var i = 150; !end.IsCancellationRequested; i++)
        {
            await world.Writer.PutAsync($"p/{i:0000}.png", i);
            await Task.Delay(50, Cancellation);
        }
    }

    // Every statement sees all of the first pictures, one version only, and that version's answers.
    private static async Task<int> ReadAsync(FaultWorld world, CancellationToken end)
    {
        var looks = 0;
        for (; !end.IsCancellationRequested; looks++)
        {
            var rows = await world.Database.Command("SELECT image_path, keyword, keyword_version FROM products WHERE keyword IS NOT NULL")
                .ListAsync(r => (Key: r.GetString(0), Keyword: r.GetString(1), Version: r.GetInt32(2)), Cancellation);
            rows.Count.ShouldBeGreaterThanOrEqualTo(150);
            rows.Select(r => r.Version).Distinct().Count().ShouldBe(1);
            foreach (var (key, keyword, version) in rows)
                keyword.ShouldBe(world.Oracle.Keyword(version, int.Parse(key.AsSpan(2, 4), CultureInfo.InvariantCulture)), key);
        }
        return looks;
    }
}
