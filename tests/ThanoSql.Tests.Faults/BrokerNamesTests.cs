using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>A broker with more on it than one installation.</summary>
public sealed class BrokerNamesTests(RealServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_installations_on_one_broker_have_no_queue_and_no_exchange_in_common()
    {
        // Nobody else's names are on it
        await using var own = await PrivateServers.CreateAsync("rabbitmq");
        await using var one = await FaultWorld.CreateAsync(servers, own);
        await using var other = await FaultWorld.CreateAsync(servers, own);
        foreach (var world in new[] { one, other })
        {
            await world.StartWorkerAsync();
            await world.StartAsync("trainer");
        }

        foreach (var world in new[] { one, other })
        {
            foreach (var queue in new[] { "objects", "store-events", "pipelines", "training-requested" })
                (await world.Broker.DepthAsync(queue)).ShouldNotBeNull(queue);
            foreach (var message in Broker.Messages)
                (await world.Broker.HasExchangeAsync(world.QueueName(message))).ShouldBeTrue(message);
        }
        foreach (var shared in Broker.Messages.Append("training-requested"))
            (await one.Broker.HasExchangeAsync(shared)).ShouldBeFalse(shared);
    }

    [Fact]
    public async Task A_queue_that_is_there_with_other_arguments_is_named_with_what_to_do_and_taken_when_it_is_removed()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await world.Broker.DeclareOtherwiseAsync("objects");

        var worker = await world.BeginAsync(null, "worker");

        var deadline = DateTime.UtcNow.AddMinutes(1);
        while (await worker.NoteAsync("queues") is null)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, worker.Output);
            await Task.Delay(100, Cancellation);
        }
        (await worker.IsReadyAsync()).ShouldBeFalse();
        var note = (await worker.NoteAsync("queues"))!;
        note.ShouldContain($"the queue '{world.QueueName("objects")}' already, with another 'x-queue-type'");
        note.ShouldContain($"rabbitmqctl delete_queue {world.QueueName("objects")}");
        note.ShouldContain("Indexing:QueuePrefix");
        await world.Broker.DeleteAsync("objects");
        await worker.WaitUntilReadyAsync(true);
    }
}
