using System.Text;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

public sealed class GarbageTests(RealServers servers)
{
    [Fact]
    public async Task Garbage_goes_to_the_error_queue_with_its_reason_and_the_consumer_lives()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        var worker = await world.StartWorkerAsync();
        var noise = new byte[100_000];
        new Random(1).NextBytes(noise);
        byte[][] bodies =
        [
            noise, [], "no json"u8.ToArray(), "{\"Records\": 7}"u8.ToArray(), "[[[["u8.ToArray(),
            Encoding.UTF8.GetBytes("{\"Records\": [{\"eventName\": \"ObjectCreated:Put\"}]}")
        ];

        await world.Broker.SendAsync(bodies);
        await world.Broker.SendAsync(["<xml/>"u8.ToArray()], contentType: "application/vnd.masstransit+json");
        await world.Broker.SendAsync(
            ["half an envel"u8.ToArray()], contentType: "application/vnd.masstransit+json", exchange: world.QueueName("objects"));
        await world.Writer.ChurnAsync(30);

        await world.ShouldBecomeCleanAsync();
        await world.EventuallyAsync("count(*) = 8 FROM thanosql.failures WHERE kind = 'event' AND reason <> ''");
        await worker.WaitForMetricAsync("thanosql_queue_depth", "store-events_error", 7); // they are moved after they are listed
        await worker.WaitForMetricAsync("thanosql_queue_depth", "objects_error", 1);
        (await world.Broker.DepthAsync("store-events_error")).ShouldBe(7u);
        (await world.Broker.DepthAsync("objects_error")).ShouldBe(1u);
        var kept = await world.Broker.PeekAsync("store-events_error");
        kept.ShouldAllBe(message => message.Reason.Length > 0);
        kept.Single(message => message.Body.AsSpan().SequenceEqual(noise)).Reason.ShouldContain("no JSON");
        (await worker.IsReadyAsync()).ShouldBeTrue();
    }
}
