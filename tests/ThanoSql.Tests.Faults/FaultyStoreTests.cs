using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

public sealed class FaultyStoreTests(RealServers servers)
{
    [Fact]
    public async Task A_store_that_refuses_dawdles_and_cuts_bodies_short_costs_time_and_poisons_nothing()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await using var proxy = await FaultyStore.StartAsync(world.StoreOptions.Endpoint!);
        (string, string)[] settings =
            [("Storage__S3__Endpoint", proxy.Address), ("Storage__S3__Retries", "1"), ("Storage__S3__RetryDelay", "00:00:00.020")];
        await world.StartWorkerAsync(settings);
        await world.StartWorkerAsync(settings);

        await world.Writer.ChurnAsync(200);

        await world.ShouldBecomeCleanAsync();
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.failures")).ShouldBe(0);
        TestContext.Current.TestOutputHelper!.WriteLine($"{proxy.Injected}");
        proxy.Injected.Refused.ShouldBeGreaterThan(20);
        proxy.Injected.Slowed.ShouldBeGreaterThan(5);
        proxy.Injected.Cut.ShouldBeGreaterThan(20);
    }
}
