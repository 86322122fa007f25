using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Workers that die.</summary>
public sealed class KilledWorkerTests(RealServers servers)
{
    private const int Kills = 20;
    private const int Images = 1000;

    [Fact]
    public async Task Workers_killed_in_the_middle_of_a_batch_twenty_times_over_a_thousand_images_lose_nothing_and_blame_no_neighbour()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        var dead = new List<Guid>();
        var victim = await world.StartWorkerAsync();
        for (var kills = 0; kills < Kills;)
        {
            // Alone, so that every lease is its own
            var owner = await LeaseAsync(world, "lease_owner IS NOT NULL AND lease_owner <> ALL ($1)", dead.ToArray());
            var successor = await world.StartWorkerAsync();
            await LeaseAsync(world, "lease_owner = $1", owner);
            victim.Kill();
            dead.Add(owner);
            // It may have finished between our look and its end: then that was no kill in the middle
            if (await world.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM thanosql.image WHERE lease_owner = $1)", owner))
                kills++;
            victim = successor;
        }
        while (world.Writer.Keys < Images)
            await world.Writer.ChurnAsync(10);

        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures")).ShouldBe(0);
        (await world.Broker.DepthAsync("store-events_error") ?? 0).ShouldBe(0u);
        (await world.Broker.DepthAsync("store-events_skipped") ?? 0).ShouldBe(0u);
    }

    [Fact]
    public async Task A_worker_told_to_end_gives_its_images_back_and_the_next_one_finishes_them()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        var first = await world.StartWorkerAsync();
        var owner = await LeaseAsync(world, "lease_owner IS NOT NULL AND lease_owner <> ALL ($1)", Array.Empty<Guid>());

        (await first.TerminateAsync()).ShouldBe(0);

        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.image WHERE lease_owner = $1", owner)).ShouldBe(0);
        await world.StartWorkerAsync();
        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<long>("SELECT coalesce(max(crashes), 0)::bigint FROM thanosql.image")).ShouldBe(0);
    }

    // Writes until somebody has such an image in work.
    private static async Task<Guid> LeaseAsync(FaultWorld world, string which, object value)
    {
        while (true)
        {
            await world.Writer.ChurnAsync(4);
            for (var look = 0; look < 8; look++)
            {
                if (await world.ScalarAsync<Guid?>($"SELECT lease_owner FROM thanosql.image WHERE {which} LIMIT 1", value) is { } owner)
                    return owner;
            }
        }
    }
}
