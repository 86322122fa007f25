using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer.Runs;
using ThanoSql.Trainer.Schedules;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>Runs that meet a database which only waits: somebody holds a table for longer than a command may take.</summary>
public sealed class SetbackTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_scheduled_run_that_met_a_held_table_is_put_off_keeps_what_is_done_and_ends_well()
    {
        var id = await ScheduledAsync("waiting");
        await using var database = Impatient();
        await using var trainer = scene.CreateServices(TimeProvider.System, database);
        await using (await HoldAsync("thanosql.model_version"))
        {
            (await RunNextAsync(trainer)).ShouldBeTrue();
        }

        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        (run.State, run.Setbacks, run.Crashes).ShouldBe((RunState.Running, 1, 0));
        run.Log.ShouldContain("The database did not do its work (Exception while reading from stream: Timeout");
        var seen = await scene.ScalarAsync<string>("SELECT string_agg(xmin::text, ' ' ORDER BY xmin::text) FROM thanosql.embedding");
        await EndAsync(trainer, id);
        run = (await scene.Queue.FindAsync(id, Cancellation))!;
        (run.State, run.Setbacks, run.Crashes, run.ErrorCode).ShouldBe((RunState.Promoted, 1, 0, null));
        run.Log.ShouldContain("The database did not do its work");
        (await scene.ScalarAsync<string>("SELECT string_agg(xmin::text, ' ' ORDER BY xmin::text) FROM thanosql.embedding")).ShouldBe(seen);
        (await StatesAsync("waiting_model")).ShouldBe("current");
    }

    [Fact]
    public async Task A_run_that_was_put_off_too_often_ends_and_leaves_nothing()
    {
        var id = await ScheduledAsync("hopeless");
        await scene.ExecuteAsync($"UPDATE thanosql.training_run SET setbacks = 20 WHERE run_id = {id}");

        (await scene.RunNextAsync()).ShouldBeTrue();

        var run = (await scene.Queue.FindAsync(id, Cancellation))!;
        (run.State, run.ErrorCode).ShouldBe((RunState.Failed, "unavailable"));
        run.Outcome!.ShouldContain("20 times");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'hopeless_model'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_schedule_that_fires_while_the_database_waits_asks_for_its_run_afterwards()
    {
        await scene.PaintFruitAsync("fired");
        await scene.RegisterPipelineAsync("fired", "fired", "fired_model", d => d with { Schedule = "0 0 3 * * ?" });
        await using var database = Impatient();
        await using var trainer = scene.CreateServices(TimeProvider.System, database);
        var scheduler = await trainer.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);
        await PipelineSchedules.ApplyAsync(
            scheduler, [TrainingScene.Pipeline("fired", "fired", "fired_model") with { Schedule = "0 0 3 * * ?" }], TimeZoneInfo.Utc,
            TimeProvider.System, Cancellation);
        await scheduler.Start(Cancellation);
        await using (await HoldAsync("thanosql.training_run"))
        {
            await scheduler.TriggerJob(new JobKey("fired", PipelineSchedules.Group), Cancellation);
            var outage = trainer.GetRequiredService<DatabaseOutage>();
            await outage.WaitAsync(Cancellation); // the first attempt failed
        }

        await WaitUntilAsync(async () => await scene.ScalarAsync<long>(
            "SELECT count(*) FROM thanosql.training_run WHERE model_name = 'fired_model' AND trigger = 'schedule'") == 1);
        await scheduler.Shutdown(true, Cancellation);
        (await scene.RunNextAsync()).ShouldBeTrue();
    }

    private async Task<long> ScheduledAsync(string name)
    {
        await scene.PaintFruitAsync(name);
        await scene.RegisterPipelineAsync(name, name, $"{name}_model", d => d with { Schedule = "0 0 3 * * ?" });
        return await scene.RequestAsync(requests => requests.TrainAsync(name, RunTrigger.Schedule, Cancellation));
    }

    private NpgsqlDataSource Impatient() => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(scene.Database.ConnectionString) { CommandTimeout = 1, CancellationTimeout = -1 });

    private async Task<IAsyncDisposable> HoldAsync(string table)
    {
        var connection = await scene.Database.OpenConnectionAsync(Cancellation);
        await connection.BeginTransactionAsync(Cancellation);
        await using var command = new NpgsqlCommand($"LOCK TABLE {table} IN EXCLUSIVE MODE", connection); // may be read
        await command.ExecuteNonQueryAsync(Cancellation);
        return connection;
    }

    private static Task<bool> RunNextAsync(IServiceProvider trainer) =>
        ActivatorUtilities.CreateInstance<RunService>(trainer).RunOneAsync(Cancellation);

    private async Task EndAsync(IServiceProvider trainer, long run)
    {
        await WaitUntilAsync(async () =>
        {
            await RunNextAsync(trainer);
            return (await scene.Queue.FindAsync(run, Cancellation))!.IsOver;
        });
    }

    private Task<string> StatesAsync(string model) =>
        scene.ScalarAsync<string>($"SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions WHERE model = '{model}'");

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await condition())
            await Task.Delay(50, deadline.Token);
    }
}
