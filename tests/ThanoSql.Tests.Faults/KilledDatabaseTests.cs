using System.Diagnostics;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Tests.Faults.World;

namespace ThanoSql.Tests.Faults;

/// <summary>An embedded PostgreSQL that is killed, as the kernel does for want of memory.</summary>
public sealed class KilledDatabaseTests
{
    private const int Kills = 12;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_embedded_database_killed_twelve_times_while_images_arrive_is_started_again_each_time_and_costs_nothing()
    {
        await using var world = await UpWorld.StartAsync();
        var random = new Random(1);
        var killed = 0;
        await using var busy = await BusySessionAsync(world); // it outlives its postmaster, and holds the memory that a new one asks for
        for (var kill = 0; kill < Kills; kill++)
        {
            var postmaster = await world.PostmasterAsync(killed);
            await world.Writer.ChurnAsync(5);
            if (kill % 4 != 0) // else in the middle of the recovery from the last kill
                await world.UntilAsync(async () => await world.ScalarAsync<int>("SELECT 1") == 1);
            await Task.Delay(random.Next(500), Cancellation); // any moment will do
            Kill(postmaster);
            killed = postmaster;
        }

        await world.ShouldBecomeCleanAsync();
        await world.Up.WaitUntilReadyAsync(true);
        (await world.Up.IsAliveAsync()).ShouldBeTrue();
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures")).ShouldBe(0);
        (await world.Up.TerminateAsync()).ShouldBe(0, world.Up.Output);
        File.Exists(Path.Combine(world.Data, "postmaster.pid")).ShouldBeFalse("The server was stopped in order, and not started again.");
    }

    [Theory]
    [InlineData("a spoilt file")]
    [InlineData("no folder")]
    public async Task An_embedded_database_that_cannot_be_started_again_ends_the_process_which_says_why(string fault)
    {
        await using var world = await UpWorld.StartAsync();
        var postmaster = await world.PostmasterAsync();
        if (fault == "no folder")
            Directory.Move(world.Data, world.Data + ".moved");
        else
            await File.WriteAllTextAsync(Path.Combine(world.Data, "PG_VERSION"), "spoilt\n", Cancellation);
        Kill(postmaster);

        (await world.Up.WaitForExitAsync()).ShouldBe(1, world.Up.Output);

        world.Up.Output.ShouldContain($"The embedded PostgreSQL in {Path.Combine(world.Home, "postgresql")} ended, and cannot be started again");
        world.Up.Output.ShouldContain(fault == "no folder" ? "does not exist" : "is not a valid data directory");
        world.Up.Output.ShouldContain("bring a backup back (thanosql restore FILE --overwrite)");
    }

    private static async Task<NpgsqlConnection> BusySessionAsync(UpWorld world)
    {
        var session = await world.Database.OpenConnectionAsync(Cancellation);
        _ = session.Command("SELECT count(*) FROM (SELECT generate_series(1, 100000000000)) s").RunAsync(CancellationToken.None)
            .ContinueWith(_ => { }, TaskScheduler.Default); // fails with its server
        return session;
    }

    private static void Kill(int process)
    {
        using var server = Process.GetProcessById(process);
        server.Kill();
    }
}
