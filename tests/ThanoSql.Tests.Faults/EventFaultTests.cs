using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Events that come too often, too late, in any order, from another store, or not at all.</summary>
public sealed class EventFaultTests(RealServers servers)
{
    private const string Embedded = "thanosql_indexing_stage_seconds_count";

    [Fact]
    public async Task Every_event_ten_times_and_shuffled_ends_in_the_right_state_and_repeats_of_an_unchanged_object_cost_no_inference()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        var worker = await world.StartWorkerAsync();
        var events = new List<byte[]>();
        world.Announce = change =>
        {
            events.Add(world.Events.Of(change));
            return Task.CompletedTask;
        };
        for (var i = 1; i <= 60; i++)
            await world.Writer.PutAsync($"p/{i:00}.png");
        for (var i = 1; i <= 10; i++)
            await world.Writer.DeleteAsync($"p/{i:00}.png");
        for (var i = 1; i <= 5; i++)
            await world.Writer.PutAsync($"p/{i:00}.png"); // put, delete, put

        var tenfold = Enumerable.Repeat(events, 10).SelectMany(e => e).ToArray();
        new Random(3).Shuffle(tenfold);
        await world.Broker.SendAsync(tenfold);

        await world.ShouldBecomeCleanAsync();
        // Where an event with other news of the same key overtakes a look, there is another: at most one for each event of the five keys put anew
        var looks = await worker.MetricAsync(Embedded, "stage=\"embed\"");
        looks.ShouldBeInRange(world.Writer.Account.Present.Count, world.Writer.Account.Present.Count + (5 * 3 * 10));
        await world.Broker.SendAsync(tenfold);
        await world.ShouldBecomeCleanAsync();
        (await worker.MetricAsync(Embedded, "stage=\"embed\"")).ShouldBe(looks);
    }

    [Fact]
    public async Task A_move_to_another_store_with_sequencers_of_its_own_is_followed_and_costs_no_inference_for_what_is_known()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        var worker = await world.StartWorkerAsync();
        for (var i = 1; i <= 40; i++)
            await world.Writer.PutAsync($"p/{i:00}.png");
        await world.ShouldBecomeCleanAsync();
        var seen = await worker.MetricAsync(Embedded, "stage=\"embed\"");

        // Every object is announced anew, as a migration tool makes a store do; the new store counts from the beginning
        var moved = new StoreEvents(world.Bucket, "minio:s3");
        world.Announce = change => world.Broker.SendAsync([moved.Of(change)]);
        foreach (var (key, picture) in world.Writer.Account.Pictures.ToList())
            await world.Writer.PutAsync(key, picture!.Value);
        await world.Writer.PutAsync("p/01.png");
        await world.Writer.DeleteAsync("p/02.png");
        await world.Writer.PutAsync("p/new.png");

        await world.ShouldBecomeCleanAsync();
        // One more where the move's event of the first key is looked at when its next picture is there already
        (await worker.MetricAsync(Embedded, "stage=\"embed\"")).ShouldBeInRange(seen + 2, seen + 3);
    }

    [Fact]
    public async Task Events_that_are_dropped_are_all_made_good_by_the_next_sweep()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await world.StartWorkerAsync();
        var random = new Random(5);
        var dropped = new HashSet<string>();
        var deliver = world.Announce;
        world.Announce = change =>
        {
            if (random.Next(100) >= 5)
            {
                dropped.Remove(change.Key);
                return deliver(change);
            }
            dropped.Add(change.Key);
            return Task.CompletedTask;
        };
        await world.Writer.ChurnAsync(400);
        dropped.Count.ShouldBeGreaterThan(5);
        var missed = await world.UntilAsync(verdict => verdict.Lost.Concat(verdict.Stale).Concat(verdict.Phantom).All(dropped.Contains));
        missed.IsClean.ShouldBeFalse();
        await world.StartWorkerAsync(("Indexing__SweepSchedule", "0/5 * * * * ?")); // every five seconds

        await world.ShouldBecomeCleanAsync();
    }
}
