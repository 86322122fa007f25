using ThanoSql.Catalog;
using ThanoSql.Storage;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

public sealed class PoisonTests(RealServers servers)
{
    private const long Room = 400L << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hostile_files_are_right_or_quarantined_with_their_reason_their_neighbours_are_indexed_and_memory_is_bounded()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        var worker = await world.StartWorkerAsync();
        for (var i = 0; i < 60; i++)
            await world.Writer.PutAsync($"p/{i:00}.png");
        await world.ShouldBecomeCleanAsync();
        var before = worker.PeakMemory();

        for (var copy = 0; copy < 10; copy++)
        {
            foreach (var (name, file) in PoisonSet.Good)
                await PutAsync(world, $"p/q/{copy}/{name}", file);
            foreach (var (name, (file, _)) in PoisonSet.Bad)
                await PutAsync(world, $"p/q/{copy}/{name}", file);
            await world.Writer.ChurnAsync(6);
        }

        await world.EventuallyAsync(
            "count(*) FILTER (WHERE state = 'pending') = 0 AND count(*) = $1 FROM thanosql.image WHERE key LIKE 'p/q/%'",
            10L * (PoisonSet.Good.Count + PoisonSet.Bad.Count));
        var failures = await world.Database.Command("SELECT path, kind, split_part(reason, ':', 1), attempts FROM thanosql.failures")
            .ListAsync(r => (Name: r.GetString(0)[6..], Kind: r.GetString(1), Reason: r.GetString(2), Attempts: r.GetInt32(3)), Cancellation);
        failures.Count.ShouldBe(10 * PoisonSet.Bad.Count);
        failures.Select(f => (f.Name, f.Reason)).Distinct().ShouldBe(PoisonSet.Bad.Select(b => (b.Key, b.Value.Reason)), ignoreOrder: true);
        failures.ShouldAllBe(f => f.Kind == "poison" && f.Attempts <= 3);
        var indexed = await world.Database.Command("SELECT DISTINCT substr(image_path, 7), keyword FROM products WHERE image_path LIKE 'p/q/%'")
            .ListAsync(r => (r.GetString(0), r.IsDBNull(1) ? null : r.GetString(1)), Cancellation);
        indexed.Where(row => PoisonSet.Good.ContainsKey(row.Item1)).ShouldBe(
            PoisonSet.Good.Select(g => (g.Key, (string?)world.Oracle.Keyword(1, g.Value))), ignoreOrder: true);
        indexed.Where(row => !PoisonSet.Good.ContainsKey(row.Item1)).ShouldAllBe(row => row.Item2 == null);
        // the writer's account has none of them
        await world.SqlAsync("DELETE FROM products WHERE image_path LIKE 'p/q/%'; DELETE FROM thanosql.image WHERE key LIKE 'p/q/%'");
        await world.ShouldBecomeCleanAsync();
        (worker.PeakMemory() - before).ShouldBeLessThan(Room);
    }

    private static async Task PutAsync(FaultWorld world, string key, byte[] file)
    {
        var info = await world.Store.WriteAsync(new ObjectPath(world.Bucket, key), new MemoryStream(file), null, Cancellation);
        await world.Announce(new Ledger.Change(key, info.ETag, info.Size));
    }
}
