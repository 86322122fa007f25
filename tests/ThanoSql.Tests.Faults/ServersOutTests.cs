using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Servers that crash, and stay away for half a minute.</summary>
public sealed class ServersOutTests(RealServers servers)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);

    private static readonly (string, string) Sweeping = ("Indexing__SweepSchedule", "0/5 * * * * ?");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_killed_and_gone_for_half_a_minute_while_images_arrive_costs_nothing_and_nobody_restarts_a_process()
    {
        await using var faulty = await PrivateServers.CreateAsync("rabbitmq");
        await using var world = await FaultWorld.CreateAsync(servers, faulty);
        var workers = new[] { await world.StartWorkerAsync(Sweeping), await world.StartWorkerAsync(Sweeping) };
        await world.Writer.ChurnAsync(60);

        var announce = world.Announce;
        world.Announce = _ => Task.CompletedTask; // what a store does whose broker is out: its event is lost
        await faulty.CrashAsync("rabbitmq");
        await ChurnForAsync(world, Outage);
        foreach (var worker in workers)
            await worker.WaitUntilReadyAsync(false);
        await faulty.StartAsync("rabbitmq");
        foreach (var worker in workers)
            await worker.WaitUntilReadyAsync(true);
        world.Announce = announce;
        await world.Writer.ChurnAsync(60);

        await world.ShouldBecomeCleanAsync();
        foreach (var worker in workers)
            (await worker.IsAliveAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_database_restarted_at_once_and_then_gone_for_half_a_minute_costs_nothing_and_readiness_tells()
    {
        await using var faulty = await PrivateServers.CreateAsync("postgres");
        await using var world = await FaultWorld.CreateAsync(servers, faulty);
        var workers = new[] { await world.StartWorkerAsync(), await world.StartWorkerAsync() };
        await world.Writer.ChurnAsync(60);

        await faulty.CrashAsync("postgres");
        await faulty.StartAsync("postgres");
        await world.Writer.ChurnAsync(60);
        await faulty.CrashAsync("postgres");
        var outage = ChurnForAsync(world, Outage);
        foreach (var worker in workers)
        {
            await worker.WaitUntilReadyAsync(false);
            (await worker.IsAliveAsync()).ShouldBeTrue();
        }
        await outage;
        await faulty.StartAsync("postgres");
        world.Database.Clear(); // the test's own connections are broken

        foreach (var worker in workers)
            await worker.WaitUntilReadyAsync(true);
        await world.ShouldBecomeCleanAsync();
        (await world.Broker.DepthAsync("store-events_error") ?? 0).ShouldBe(0u);
    }

    private static async Task ChurnForAsync(FaultWorld world, TimeSpan time)
    {
        var end = DateTime.UtcNow + time;
        while (DateTime.UtcNow < end)
        {
            await world.Writer.ChurnAsync(2);
            await Task.Delay(200, Cancellation);
        }
    }
}
