using ThanoSql.Catalog.Images;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>Whatever makes an image due again, it starts afresh: what failed before was about something else.</summary>
public sealed class DueImagesTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Afresh = "pending|0||True|2";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_shops_row_makes_an_image_that_waits_after_failures_due_at_once_and_its_crashes_are_remembered()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await world.ModelAsync("row_model");
        await world.SqlAsync("CREATE TABLE row_table (image_path text)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("row", "row_table", "row_model")], Cancellation);
        await FailedAsync(world, "row/1.jpg", "pending", "transient");

        await world.SqlAsync("INSERT INTO row_table VALUES ('row/1.jpg')");

        (await StateAsync(world, "row/1.jpg")).ShouldBe(Afresh);
        (await world.ScalarAsync<int>("SELECT crashes FROM thanosql.image WHERE key = 'row/1.jpg'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_retry_makes_failures_due_and_leaves_others_alone()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await world.SqlAsync("DELETE FROM thanosql.image"); // of the tests before
        await FailedAsync(world, "retry/1.jpg", "failed", "poison");
        await FailedAsync(world, "retry/2.jpg", "failed", "table");

        (await new FailureLedger(world.Database).RetryAsync(new FailureSelection("workspace", Kind: FailureKind.Poison), Cancellation)).ShouldBe(1);

        (await StateAsync(world, "retry/1.jpg")).ShouldBe(Afresh);
        (await StateAsync(world, "retry/2.jpg")).ShouldBe("failed|5|x|False|1");
        (await world.ScalarAsync<int>("SELECT crashes FROM thanosql.image WHERE key = 'retry/1.jpg'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_sweep_that_finds_another_etag_makes_an_image_due_and_its_last_event_stays_known()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await FailedAsync(world, "sweep/1.jpg", "failed", "poison");
        await world.SqlAsync("UPDATE thanosql.image SET event_source = 's3', sequencer = '05', event_etag = 'e1' WHERE key = 'sweep/1.jpg'");
        await using (var sweep = (await new SweepLedger(world.Database).BeginAsync("workspace", Cancellation)).ShouldNotBeNull())
            await sweep.CompareAsync([new ListedObject("sweep/1.jpg", "e2", 1)], [], "sweep/1.jpg", Cancellation);

        (await StateAsync(world, "sweep/1.jpg")).ShouldBe(Afresh);
        (await world.RowsAsync("SELECT event_source, sequencer, event_etag FROM thanosql.image WHERE key = 'sweep/1.jpg'")).ShouldBe(["s3|05|e1"]);
    }

    [Fact]
    public async Task A_pipeline_that_becomes_active_makes_only_indexed_images_due()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("fill_model");
        await world.IndexedAsync("fill/named.jpg", version, "과일", 0.7f);
        await world.IndexedAsync("fill/covered.jpg", version, "과일", 0.7f);
        await world.SqlAsync("DELETE FROM thanosql.keyword");
        await FailedAsync(world, "fill/poison.jpg", "failed", "poison");
        await world.SqlAsync("CREATE TABLE fill_table (image_path text); INSERT INTO fill_table VALUES ('fill/named.jpg'), ('elsewhere/new.jpg')");

        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("fill", "fill_table", "fill_model")], Cancellation);

        (await StateAsync(world, "fill/named.jpg")).ShouldBe(Afresh);
        (await StateAsync(world, "fill/covered.jpg")).ShouldBe(Afresh);
        (await StateAsync(world, "fill/poison.jpg")).ShouldBe("failed|5|x|False|1");
        (await StateAsync(world, "elsewhere/new.jpg")).ShouldBe("pending|0||True|1");
    }

    private static Task FailedAsync(CatalogWorld world, string key, string state, string kind) => world.SqlAsync(
        $"""
         INSERT INTO thanosql.image (bucket, key, etag, size, state, attempts, crashes, failure_kind, failure, first_failed_at, next_attempt_at)
         VALUES ('workspace', '{key}', 'e1', 1, '{state}', 5, 2, '{kind}', 'x', now(), now() + interval '1 hour')
         """);

    private static async Task<string> StateAsync(CatalogWorld world, string key) => (await world.RowsAsync(
        $"SELECT state, attempts, failure, next_attempt_at <= now(), generation FROM thanosql.image WHERE key = '{key}'")).Single();
}
