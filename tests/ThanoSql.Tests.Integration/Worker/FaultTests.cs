using System.Text;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Worker.Stages;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>What goes wrong stays with the image that it happened to.</summary>
public sealed class FaultTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Poison_is_kept_with_its_reason_and_its_neighbours_are_indexed()
    {
        await using var world = await StartAsync();
        var picture = Picture.Of(1);
        await world.PutAsync("p/empty.jpg", []);
        await world.PutAsync("p/page.jpg", Encoding.UTF8.GetBytes("<html><body>not found</body></html>"));
        await world.PutAsync("p/truncated.png", picture[..^40]);
        await world.PutAsync("p/drawing.jpg", Encoding.UTF8.GetBytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"));
        for (var i = 1; i <= 20; i++)
            await world.PutAsync($"p/{i:00}.png", Picture.Of(i));

        await world.EventuallyAsync(
            "SELECT state, failure_kind, count(*) FROM thanosql.image GROUP BY 1, 2 ORDER BY 1", "failed|poison|4", "indexed||20");
        await world.EventuallyAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'", "20");
        (await world.RowsAsync("SELECT path, kind, split_part(reason, ':', 1), attempts FROM thanosql.failures ORDER BY path")).ShouldBe(
            [
                "p/drawing.jpg|poison|unsupported_format|1", "p/empty.jpg|poison|empty|1", "p/page.jpg|poison|not_an_image|1",
                "p/truncated.png|poison|truncated|1"
            ]);
    }

    [Fact]
    public async Task A_picture_that_lacks_its_last_rows_is_indexed_and_the_view_says_what_is_missing()
    {
        await using var world = await StartAsync();
        var jpeg = TestPictures.NoiseJpeg(96, 320);
        await world.PutAsync("p/whole.jpg", jpeg);
        await world.PutAsync("p/cut.jpg", jpeg[..(int)(jpeg.Length * 0.96)]);
        await world.PutAsync("p/half.jpg", jpeg[..(jpeg.Length / 2)]);

        await world.EventuallyAsync(
            "SELECT key, state, split_part(failure, ':', 1) FROM thanosql.image ORDER BY key",
            "p/cut.jpg|indexed|", "p/half.jpg|failed|truncated", "p/whole.jpg|indexed|");
        (await world.RowsAsync(
            "SELECT path, damaged ~ '^the last [0-9]+ of its 320 rows are missing$' FROM thanosql.indexed WHERE rank = 1 ORDER BY path"))
            .ShouldBe(["p/cut.jpg|True", "p/whole.jpg|"]);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_costs_attempts_and_nothing_else()
    {
        await using var world = await StartAsync();
        var refusals = 3;
        world.Store.BeforeRead = path =>
            Interlocked.Decrement(ref refusals) >= 0 ? throw new StoreUnavailableException("The store is down.") : Task.CompletedTask;

        await world.PutAsync("p/1.png", Picture.Of(1));

        await world.EventuallyAsync("SELECT state, attempts, failure FROM thanosql.image", "indexed|0|");
        world.Store.Reads["p/1.png"].ShouldBe(4);
    }

    [Fact]
    public async Task A_row_that_the_table_refuses_is_a_failure_of_its_own_and_is_written_when_the_table_is_repaired()
    {
        await using var world = await StartAsync("CHECK (image_path <> 'p/2.png')");
        for (var i = 1; i <= 3; i++)
            await world.PutAsync($"p/{i}.png", Picture.Of(i));

        await world.EventuallyAsync(
            "SELECT key, state, failure_kind FROM thanosql.image ORDER BY key", "p/1.png|indexed|", "p/2.png|failed|table", "p/3.png|indexed|");
        await world.EventuallyAsync("SELECT image_path FROM products ORDER BY 1", "p/1.png", "p/3.png");
        await world.SqlAsync("ALTER TABLE products DROP CONSTRAINT products_image_path_check");
        (await world.Get<FailureLedger>().RetryAsync(new FailureSelection(Kind: FailureKind.Table), Cancellation)).ShouldBe(1);

        await world.EventuallyAsync("SELECT image_path FROM products ORDER BY 1", "p/1.png", "p/2.png", "p/3.png");
    }

    [Fact]
    public async Task An_object_overwritten_while_it_is_looked_at_ends_with_the_answer_for_its_last_content()
    {
        await using var world = await StartAsync();
        var overwritten = 0;
        world.Store.BeforeRead = async path =>
        {
            if (Interlocked.Exchange(ref overwritten, 1) == 1)
                return;
            await world.PutAsync("p/1.png", Picture.Of(2));
            await world.EventuallyAsync("SELECT generation >= 2 FROM thanosql.image", "True");
        };

        await world.PutAsync("p/1.png", Picture.Of(1));

        await world.EventuallyAsync("SELECT state, generation >= 2 FROM thanosql.image", "indexed|True");
        var last = await world.Folder.StatAsync(new ObjectPath(IndexingWorld.Bucket, "p/1.png"), Cancellation);
        (await world.RowsAsync("SELECT etag FROM thanosql.image")).ShouldBe([last!.ETag]);
        (await world.RowsAsync("SELECT count(*) FROM thanosql.content c JOIN thanosql.image USING (content_id)")).ShouldBe(["1"]);
    }

    [Fact]
    public async Task Of_two_looks_at_one_image_in_one_batch_the_later_counts()
    {
        await using var world = await StartAsync();
        await world.SqlAsync($"""
            INSERT INTO thanosql.image (bucket, key, generation, lease_owner, lease_until)
            VALUES ('workspace', 'elsewhere/1.png', 2, '{world.Get<ImageLeases>().Owner}', now() + interval '30 seconds')
            """);
        var image = long.Parse((await world.RowsAsync("SELECT image_id FROM thanosql.image"))[0], System.Globalization.CultureInfo.InvariantCulture);
        Work Look(long generation, string etag)
        {
            var claimed = new ClaimedImage
            {
                ImageId = image,
                Bucket = IndexingWorld.Bucket,
                Key = "elsewhere/1.png",
                Generation = generation,
                EventAt = DateTime.UtcNow,
            };
            return new Work(claimed, null) { Result = new ImageResult.Indexed(claimed, etag, 1, null) };
        }
        var (earlier, later) = (Look(1, "old"), Look(2, "new"));

        var serving = await world.Get<ServingMap>().CurrentAsync(Cancellation);
        (await world.Get<BatchWriter>().WriteAsync(new TableBatch(serving, [], [later, earlier]), Cancellation)).ShouldBe([later]);

        (await world.RowsAsync("SELECT state, etag FROM thanosql.image")).ShouldBe(["indexed|new"]);
    }

    [Fact]
    public async Task Images_of_a_worker_that_died_are_taken_over_and_one_that_kills_workers_is_quarantined()
    {
        await using var world = await StartAsync(settings: ("Indexing:Crashes", "3"), watch: false);
        foreach (var key in new[] { "p/innocent.png", "p/killer.png" })
            await world.PutAsync(key, Picture.Of(1));
        await world.SqlAsync(
            """
            INSERT INTO thanosql.image (bucket, key, lease_owner, lease_until, attempts, crashes)
            VALUES ('workspace', 'p/innocent.png', gen_random_uuid(), now() - interval '1 second', 1, 0),
                   ('workspace', 'p/killer.png', gen_random_uuid(), now() - interval '1 second', 3, 2)
            """);

        await world.EventuallyAsync(
            "SELECT key, state, crashes, split_part(failure, ':', 1) FROM thanosql.image ORDER BY key", "p/innocent.png|indexed|0|",
            "p/killer.png|failed|0|crash");
    }

    [Fact]
    public async Task A_row_that_a_shop_holds_locked_is_written_when_it_is_free_and_nobody_else_waits()
    {
        await using var world = await StartAsync();
        await using var shop = await world.Database.OpenConnectionAsync(Cancellation);
        await using (var transaction = await shop.BeginTransactionAsync(Cancellation))
        {
            await using var insert = new Npgsql.NpgsqlCommand("INSERT INTO products (image_path) VALUES ('p/1.png')", shop);
            await insert.ExecuteNonQueryAsync(Cancellation);
            await world.PutAsync("p/2.png", Picture.Of(2));
            await world.EventuallyAsync("SELECT image_path FROM products WHERE keyword_source = 'model'", "p/2.png");
            await world.PutAsync("p/1.png", Picture.Of(1));
            await transaction.CommitAsync(Cancellation);
        }

        await world.EventuallyAsync("SELECT image_path FROM products WHERE keyword_source = 'model' ORDER BY 1", "p/1.png", "p/2.png");
    }

    private async Task<IndexingWorld> StartAsync(string check = "", (string, string)? settings = null, bool watch = true)
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync($"CREATE TABLE products (image_path text {check})");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch, settings is { } more ? [more] : []);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");
        return world;
    }
}
