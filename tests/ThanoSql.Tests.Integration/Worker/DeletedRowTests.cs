using ThanoSql.Catalog;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>Rows that pipelines deleted come back as they were.</summary>
public sealed class DeletedRowTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Pipeline = "{ name: products, prefix: p/, table: products, rows: create, on_delete: delete, model: { name: foods } }";
    private const string Shop = "SELECT image_path, price, note, tags::text, seen, twice, keyword_source FROM products ORDER BY image_path";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_come_back_with_all_that_a_shop_wrote_into_them_whatever_became_of_their_table()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("""
            CREATE TABLE products (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, image_path text UNIQUE, price numeric(20, 4) DEFAULT 0.1, note text, tags text[],
                seen timestamptz, twice numeric GENERATED ALWAYS AS (price * 2) STORED, leaving text)
            """);
        await FillAsync(world, 3);
        await world.SqlAsync("""
            UPDATE products SET price = 12345678901234.5678, note = E'사과 "파이"\n\\', tags = '{a,"b c",NULL}', seen = '2026-11-29 10:00:00.123456+09'
            """);
        var before = await world.RowsAsync(Shop);

        await world.DeleteAsync("p/0.png");
        await world.DeleteAsync("p/1.png");
        await world.EventuallyAsync("SELECT image_path FROM products", "p/2.png");
        await world.SqlAsync("ALTER TABLE products DROP COLUMN leaving; ALTER TABLE products ADD COLUMN colour text NOT NULL DEFAULT 'red'");
        var rows = world.Get<DeletedRows>();
        (await rows.ListAsync(Cancellation)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            kept => kept.Table.ShouldBe("products"), kept => kept.Rows.ShouldBe(2));

        (await rows.RestoreAsync("products", DateTime.UnixEpoch, Cancellation)).ShouldBe((2, 0));

        (await world.RowsAsync(Shop)).ShouldBe(before);
        (await world.RowsAsync("SELECT id, colour FROM products ORDER BY id")).ShouldBe(["1|red", "2|red", "3|red"]);
        (await rows.ListAsync(Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_comes_back_when_one_row_is_refused_and_paths_that_are_there_again_are_passed_over()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text, price int CHECK (price < 100))");
        await FillAsync(world, 3);
        await world.SqlAsync("UPDATE products SET price = 50");
        for (var i = 0; i < 3; i++)
            await world.DeleteAsync($"p/{i}.png");
        await world.EventuallyAsync("SELECT count(*) FROM products", "0");
        await world.SqlAsync("ALTER TABLE products ADD CHECK (price <> 50 OR image_path <> 'p/1.png')");
        var rows = world.Get<DeletedRows>();

        (await Should.ThrowAsync<Npgsql.PostgresException>(() => rows.RestoreAsync("products", DateTime.UnixEpoch, Cancellation)))
            .SqlState.ShouldBe("23514");
        (await world.RowsAsync("SELECT count(*) FROM products")).ShouldBe(["0"]);

        await world.PutAsync("p/1.png", Picture.Of(1));
        await world.EventuallyAsync("SELECT image_path FROM products", "p/1.png");
        (await rows.RestoreAsync("products", DateTime.UnixEpoch, Cancellation)).ShouldBe((2, 1));
        (await world.RowsAsync("SELECT image_path, price FROM products ORDER BY 1")).ShouldBe(["p/0.png|50", "p/1.png|", "p/2.png|50"]);
        (await Should.ThrowAsync<CatalogException>(() => rows.RestoreAsync("other", DateTime.UnixEpoch, Cancellation)))
            .Message.ShouldContain("'other'");
    }

    [Fact]
    public async Task What_was_deleted_long_ago_is_forgotten()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await FillAsync(world, 1);
        await world.DeleteAsync("p/0.png");
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.deleted_row", "1");
        var rows = world.Get<DeletedRows>();

        (await rows.RemoveAsync(TimeSpan.FromDays(7), Cancellation)).ShouldBe(0);
        await world.SqlAsync("UPDATE thanosql.deleted_row SET deleted_at = now() - interval '8 days'");

        (await rows.RemoveAsync(TimeSpan.FromDays(7), Cancellation)).ShouldBe(1);
    }

    private static async Task FillAsync(IndexingWorld world, int images)
    {
        await world.ModelAsync("foods");
        await world.StartAsync([Pipeline]);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipeline", "active");
        for (var i = 0; i < images; i++)
            await world.PutAsync($"p/{i}.png", Picture.Of(i));
        await world.EventuallyAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'", $"{images}");
    }
}
