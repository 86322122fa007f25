using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Images;
using ThanoSql.Messages;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Worker;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>Events are hints: lost, repeated or out of order, the object as it is decides.</summary>
public sealed class SweepAndRepeatTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\non_delete: delete\nmodel: { name: foods }\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sweep_repairs_both_ways_without_a_single_event_and_reads_nothing_that_has_not_changed()
    {
        await using var world = await StartAsync();
        for (var i = 1; i <= 3; i++)
            await world.PutAsync($"p/{i}.png", Picture.Of(i));
        await SweepAsync(world);
        await world.EventuallyAsync("SELECT image_path FROM products WHERE keyword IS NOT NULL ORDER BY 1", "p/1.png", "p/2.png", "p/3.png");

        await world.DeleteAsync("p/1.png");
        await world.PutAsync("p/2.png", Picture.Of(22));
        await world.PutAsync("p/4.png", Picture.Of(4));
        var found = await SweepAsync(world);

        (found.Listed, found.Changed, found.Gone).ShouldBe((3, 2, 1));
        await world.EventuallyAsync(
            "SELECT key, state FROM thanosql.image ORDER BY key", "p/1.png|gone", "p/2.png|indexed", "p/3.png|indexed", "p/4.png|indexed");
        await world.EventuallyAsync("SELECT image_path FROM products ORDER BY 1", "p/2.png", "p/3.png", "p/4.png");
        (await SweepAsync(world)).Changed.ShouldBe(0);
        world.Store.Reads.OrderBy(r => r.Key).Select(r => $"{r.Key} {r.Value}").ShouldBe(["p/1.png 1", "p/2.png 2", "p/3.png 1", "p/4.png 1"]);
    }

    [Fact]
    public async Task Every_event_ten_times_in_any_order_gives_the_right_end_and_one_look_at_each_content()
    {
        await using var world = await StartAsync();
        for (var i = 1; i <= 10; i++)
            await world.PutAsync($"p/{i:00}.png", Picture.Of(i));
        await world.PutAsync("p/gone.png", Picture.Of(99));
        await world.DeleteAsync("p/gone.png");

        var events = Enumerable.Range(0, 110).OrderBy(n => n * 7919 % 113).ToList();
        foreach (var n in events)
        {
            if (n % 11 == 10)
                await world.AnnounceAsync("p/gone.png", deleted: n % 2 == 0, sequencer: "0001");
            else
                await world.AnnounceAsync($"p/{(n % 11) + 1:00}.png", deleted: n % 5 == 0, sequencer: $"{n % 5:0000}");
        }

        await world.EventuallyAsync("SELECT state, count(*) FROM thanosql.image GROUP BY 1 ORDER BY 1", "gone|1", "indexed|10");
        await world.EventuallyAsync("SELECT count(*), count(DISTINCT image_path) FROM products WHERE keyword IS NOT NULL", "10|10");
        (await world.RowsAsync("SELECT count(*) FROM thanosql.embedding")).ShouldBe(["10"]);
    }

    [Fact]
    public async Task A_repeat_of_one_source_is_skipped_unless_it_is_later_or_the_etag_differs()
    {
        await using var world = await StartAsync();
        var intake = new ImageIntake(world.Database);
        var put = new ObjectChanged
        {
            Bucket = "workspace",
            Key = "p/1.png",
            Source = "s3",
            ETag = "e1",
            Sequencer = "05",
            Time = DateTimeOffset.UtcNow,
        };

        (await intake.AcceptAsync([put], Cancellation)).Count.ShouldBe(1);
        (await intake.AcceptAsync([put], Cancellation)).ShouldBeEmpty();
        (await intake.AcceptAsync([put with { Sequencer = "04" }], Cancellation)).ShouldBeEmpty();
        (await intake.AcceptAsync([put with { Sequencer = "04", ETag = "e2" }], Cancellation)).Count.ShouldBe(1);
        (await intake.AcceptAsync([put with { Sequencer = "06" }], Cancellation)).Count.ShouldBe(1);
        (await intake.AcceptAsync([put with { Source = "moved", Sequencer = "01" }], Cancellation)).Count.ShouldBe(1);
        (await intake.AcceptAsync([put with { Key = "other/1.png" }], Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_known_of_a_content_goes_with_its_last_image()
    {
        await using var world = await StartAsync();
        foreach (var key in new[] { "p/1.png", "p/copy.png" })
            await world.PutAsync(key, Picture.Of(1));
        await SweepAsync(world);
        await world.EventuallyAsync("SELECT state FROM thanosql.image", "indexed", "indexed");
        var orphans = new OrphanContents(world.Database);

        await world.DeleteAsync("p/1.png");
        (await world.Get<ImageRemoval>().RemoveAsync("workspace", "p/1.png", "tests", wasStored: true, Cancellation)).ShouldBeTrue();
        (await world.RowsAsync("SELECT count(*) FROM thanosql.embedding")).ShouldBe(["1"]);
        await world.DeleteAsync("p/copy.png");
        await SweepAsync(world);
        await world.EventuallyAsync("SELECT state FROM thanosql.image", "gone");
        (await orphans.RemoveAsync(TimeSpan.FromDays(1), Cancellation)).ShouldBe(0);
        (await orphans.RemoveAsync(TimeSpan.Zero, Cancellation)).ShouldBe(1);

        (await world.RowsAsync("SELECT (SELECT count(*) FROM thanosql.embedding) + (SELECT count(*) FROM thanosql.keyword)")).ShouldBe(["0"]);
    }

    [Fact]
    public async Task A_sweep_says_once_which_links_it_did_not_follow()
    {
        await using var world = await StartAsync();
        await world.PutAsync("p/1.png", Picture.Of(1));
        for (var i = 0; i < 1500; i++) // more than a page
            File.CreateSymbolicLink(Path.Combine(world.Folder.Root, IndexingWorld.Bucket, "p", $"link-{i:D4}.png"), "1.png");
        var log = new Lines();
        var sweeper = new Sweeper(
            world.Store, world.Get<SweepLedger>(), world.Get<IndexingTelemetry>(), TimeProvider.System, Options.Create(new IndexingOptions()),
            Options.Create(new SweepOptions()), log);

        SweepProgress? found = null;
        for (var clock = Stopwatch.StartNew(); found is null && clock.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(20, Cancellation))
            found = await sweeper.SweepAsync(IndexingWorld.Bucket, acceptLoss: false, Cancellation); // null while the worker's own sweep runs

        found!.Listed.ShouldBe(1);
        log.Text.Where(line => line.Contains("symbolic links", StringComparison.Ordinal)).ShouldHaveSingleItem()
            .ShouldBe("Bucket workspace holds 1500 symbolic links, pipes or devices, which are no objects, for example 'p/link-0000.png'");
    }

    private sealed class Lines : ILogger<Sweeper>
    {
        public List<string> Text { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Text.Add(formatter(state, exception));
    }

    private static async Task<SweepProgress> SweepAsync(IndexingWorld world) =>
        (await world.Get<Sweeper>().SweepAsync(IndexingWorld.Bucket, acceptLoss: false, Cancellation))!;

    private async Task<IndexingWorld> StartAsync()
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch: false);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");
        return world;
    }
}
