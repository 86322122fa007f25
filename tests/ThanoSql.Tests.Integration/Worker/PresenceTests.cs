using ThanoSql.Catalog.Live;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>A worker can be seen from elsewhere, and be asked for a sweep.</summary>
public sealed class PresenceTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_worker_does_is_told_in_the_catalog_until_it_ends()
    {
        await using var world = await StartAsync(watch: true);
        await world.EventuallyAsync("SELECT host, provider FROM thanosql.worker", $"{Environment.MachineName}|cpu");

        for (var i = 1; i <= 3; i++)
            await world.PutAsync($"p/{i}.png", Picture.Of(i));
        await world.PutAsync("p/broken.png", [1, 2, 3]);

        await world.EventuallyAsync("SELECT state, count(*) FROM thanosql.image GROUP BY 1 ORDER BY 1", "failed|1", "indexed|3");
        await world.EventuallyAsync("SELECT sum(indexed), sum(failed), sum(lag_ms) > 0 FROM thanosql.worker_activity", "3|1|True");
        (await world.RowsAsync("SELECT at FROM thanosql.worker_activity WHERE at > now() OR at < now() - interval '2 minutes'")).ShouldBeEmpty();
        await world.StopAsync();
        (await world.RowsAsync("SELECT host FROM thanosql.worker")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Saying_the_same_twice_counts_once_and_what_is_old_goes()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        var ledger = new WorkerLedger(world.Database);
        var worker = new WorkerProcess(Guid.NewGuid(), "host", "1.0", "cpu");
        var now = (await ledger.SayAsync(worker, [], Cancellation)).Now;
        await world.SqlAsync("INSERT INTO thanosql.worker VALUES (gen_random_uuid(), 'past', '1.0', 'cpu', now(), now() - interval '2 hours')");

        ActivitySpan[] done = [new(now, 5, 1, 1000), new(now - TimeSpan.FromHours(2), 7, 0, 0)];
        await ledger.SayAsync(worker, done, Cancellation);
        await ledger.SayAsync(worker, done[..1], Cancellation);

        (await world.RowsAsync("SELECT indexed, failed, lag_ms FROM thanosql.worker_activity")).ShouldBe(["5|1|1000"]);
        (await world.RowsAsync("SELECT host FROM thanosql.worker")).ShouldBe(["host"]);
    }

    [Fact]
    public async Task One_worker_takes_a_request_for_a_sweep_and_finds_what_no_event_told()
    {
        await using var world = await StartAsync(watch: false);
        await world.PutAsync("p/1.png", Picture.Of(1));
        await new SweepRequests(world.Database).AskAsync("token admin", Cancellation);

        await world.EventuallyAsync("SELECT key, state FROM thanosql.image", "p/1.png|indexed");
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.sweep_request", "0");
        await world.EventuallyAsync("SELECT bucket FROM thanosql.sweep WHERE finished_at IS NOT NULL", "workspace");
    }

    private async Task<IndexingWorld> StartAsync(bool watch)
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch);
        return world;
    }
}
