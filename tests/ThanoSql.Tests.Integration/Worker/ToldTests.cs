using System.Text.Json;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Webhooks;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>What becomes of images is told in the transaction of the change itself, and only where somebody wants to be told.</summary>
public sealed class ToldTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = """
        name: products
        prefix: products/
        table: products
        rows: create
        on_delete: delete
        model: { name: foods }
        """;

    private const string Told = "SELECT type, key FROM thanosql.webhook_event ORDER BY event_id";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Indexed_failed_and_gone_are_told_once_each_and_a_row_that_its_table_refuses_as_failed_alone()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text CHECK (image_path NOT LIKE '%refused%'))");
        await world.ModelAsync("foods");
        await world.StartAsync([Products]);
        await WebhookAsync(world, "image.indexed", "image.failed", "image.gone");

        await world.PutAsync("products/1.png", Picture.Of(1));
        await world.EventuallyAsync(Told, "image.indexed|products/1.png");
        await world.PutAsync("products/1.png", "no picture"u8.ToArray());
        await world.EventuallyAsync(Told, "image.indexed|products/1.png", "image.failed|products/1.png");
        await world.DeleteAsync("products/1.png");
        await world.EventuallyAsync(
            Told, "image.indexed|products/1.png", "image.failed|products/1.png", "image.gone|products/1.png");
        await world.SqlAsync("DELETE FROM thanosql.webhook_event");
        await world.PutAsync("products/refused.png", Picture.Of(2));
        await world.EventuallyAsync(Told, "image.failed|products/refused.png");
        (await world.RowsAsync("SELECT detail ->> 'kind', detail ->> 'reason' LIKE '%does not take the row%' FROM thanosql.webhook_event")).ShouldBe(
            ["table|True"]);
    }

    [Fact]
    public async Task What_is_handed_out_says_what_the_index_says_and_goes_to_those_whose_table_it_is()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        var head = await world.ModelAsync("foods");
        await world.StartAsync([Products]);
        await WebhookAsync(world, "image.indexed");
        await world.SqlAsync("UPDATE thanosql.webhook SET table_name = 'products'");
        await WebhookAsync(world, "image.indexed");
        await world.SqlAsync("UPDATE thanosql.webhook SET table_name = 'others' WHERE table_name IS NULL");
        await world.PutAsync("products/1.png", Picture.Of(1));
        await world.EventuallyAsync(Told, "image.indexed|products/1.png");

        await world.Get<WebhookLedger>().HandOutAsync(TimeSpan.FromDays(1), Cancellation);

        (await world.RowsAsync(Told)).ShouldBeEmpty();
        var handed = (await world.RowsAsync(
            "SELECT w.table_name, d.data FROM thanosql.webhook_delivery d JOIN thanosql.webhook w USING (webhook_id)")).Single().Split('|', 2);
        handed[0].ShouldBe("products");
        var data = JsonSerializer.Deserialize<JsonElement>(handed[1]);
        data.GetProperty("path").GetString().ShouldBe("products/1.png");
        var keyword = data.GetProperty("keywords")[0];
        (keyword.GetProperty("table").GetString(), keyword.GetProperty("keyword").GetString(), keyword.GetProperty("source").GetString()).ShouldBe(
            ("products", await world.ExpectedAsync(head, Picture.Of(1)), "model"));
    }

    [Fact]
    public async Task One_that_is_deleted_through_the_service_is_gone_once_and_without_a_webhook_nothing_is_written()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products]);
        await world.PutAsync("products/1.png", Picture.Of(1));
        await world.EventuallyAsync("SELECT state FROM thanosql.image", "indexed");
        (await world.RowsAsync(Told)).ShouldBeEmpty();
        await WebhookAsync(world, "image.gone");

        for (var time = 0; time < 2; time++)
            await world.Get<ImageRemoval>().RemoveAsync(IndexingWorld.Bucket, "products/1.png", "test", wasStored: true, Cancellation);

        (await world.RowsAsync(Told)).ShouldBe(["image.gone|products/1.png"]);
    }

    private static Task<(int Id, string Secret)> WebhookAsync(IndexingWorld world, params string[] events) =>
        world.Get<WebhookCatalog>().AddAsync("https://shop.example", events, null, "test", Cancellation);
}
