using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Servers that crash, and stay away for half a minute.</summary>
public sealed class ServersOutTests(RealServers servers)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_of_half_a_minute_without_a_broker_are_kept_by_Ceph_and_delivered_when_it_is_back_without_a_sweep()
    {
        // A gateway of its own: radosgw 16 keeps one exchange for each broker, and refuses others ("exchange mismatch")
        await using var faulty = await PrivateServers.CreateAsync("rabbitmq", "ceph");
        await using var world = await FaultWorld.CreateAsync(servers, faulty);
        var broker = new Uri(faulty["Bus__RabbitMq__Uri"]);
        await world.RunAsync("store", "init", "--kind", "ceph", "--bucket", world.Bucket, "--target", $"amqp://{broker.Host}:{broker.Port}");
        world.Announce = _ => Task.CompletedTask; // Ceph does
        var workers = new[] { await world.StartWorkerAsync(), await world.StartWorkerAsync() };
        await world.Writer.ChurnAsync(60);
        await world.ShouldBecomeCleanAsync();

        await faulty.CrashAsync("rabbitmq");
        await ChurnForAsync(world, Outage);
        foreach (var worker in workers)
            await worker.WaitUntilReadyAsync(false);
        await faulty.StartAsync("rabbitmq");
        foreach (var worker in workers)
            await worker.WaitUntilReadyAsync(true);
        await world.Writer.ChurnAsync(60);

        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.sweep")).ShouldBe(0);
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
