using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>A database that is out for longer than the broker lets a consumer keep a message, and longer than it delivers one in vain.</summary>
public sealed class ConsumerTimeoutTests(RealServers servers)
{
    private const int Images = 500;

    // Half an hour in production: twenty deliveries in vain, after which RabbitMQ drops a message, take this long then
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_wait_in_the_brokers_queue_while_the_database_is_out_and_every_one_becomes_a_row_without_a_scheduled_sweep()
    {
        await using var faulty = await PrivateServers.CreateAsync(
            new Dictionary<string, string> { ["THANOSQL_RABBITMQ_CONSUMER_TIMEOUT"] = "1000" }, "postgres", "rabbitmq");
        await using var world = await FaultWorld.CreateAsync(servers, faulty);
        var workers = new[] { await world.StartWorkerAsync(), await world.StartWorkerAsync() };
        await world.Writer.PutAsync("p/before.png", 0);
        await world.ShouldBecomeCleanAsync();

        var events = new List<byte[]>();
        world.Announce = change =>
        {
            events.Add(world.Events.Of(change));
            return Task.CompletedTask;
        };
        for (var i = 0; i < Images; i++)
            await world.Writer.PutAsync($"p/{i:0000}.png", 0); // one picture: nothing to look at
        await faulty.CrashAsync("postgres");
        var until = DateTime.UtcNow + Outage;
        await world.Broker.SendAsync(events); // the workers take what they can before they know
        while (DateTime.UtcNow < until)
            await Task.Delay(500, Cancellation);
        (await world.Broker.DepthAsync("store-events")).ShouldBe((uint)Images);
        await faulty.StartAsync("postgres");
        world.Database.Clear(); // the test's own connections are broken

        await world.ShouldBecomeCleanAsync();
        (await world.Broker.DepthAsync("store-events_error") ?? 0).ShouldBe(0u);
        foreach (var worker in workers)
        {
            await worker.WaitUntilReadyAsync(true);
            // Before the pause and after it, the test's own short time-out strikes
            var said = worker.Output;
            var from = said.IndexOf("events wait in the broker's queues", StringComparison.Ordinal);
            var to = said.IndexOf("a sweep follows", from, StringComparison.Ordinal);
            to.ShouldBeGreaterThan(from, said);
            var paused = said[from..to];
            paused.Split('\n').Count(
                line => line.StartsWith("warn:", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal))
                .ShouldBeLessThan(10, paused);
        }
    }
}
