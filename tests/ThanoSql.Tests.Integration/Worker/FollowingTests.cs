using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>The table follows the bucket.</summary>
public sealed class FollowingTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = """
        name: products
        prefix: products/
        table: products
        rows: create
        on_delete: delete
        model: { name: foods }
        """;

    private const string Keyed = "SELECT image_path, keyword, keyword_version, keyword_source FROM products ORDER BY image_path";

    [Fact]
    public async Task A_photograph_gets_its_row_and_keyword_and_overwriting_deleting_and_putting_it_again_are_followed()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text, price int, created_at timestamptz DEFAULT now())");
        var head = await world.ModelAsync("foods");
        var (first, second) = (Picture.Of(1), await DifferentAsync(world, head, Picture.Of(1)));
        await world.StartAsync([Products]);

        await world.PutAsync("products/사과 +1.png", first);
        await world.EventuallyAsync(Keyed, $"products/사과 +1.png|{await world.ExpectedAsync(head, first)}|1|model");
        await world.PutAsync("products/사과 +1.png", second);
        await world.EventuallyAsync(Keyed, $"products/사과 +1.png|{await world.ExpectedAsync(head, second)}|1|model");
        await world.DeleteAsync("products/사과 +1.png");
        await world.EventuallyAsync(Keyed);
        await world.EventuallyAsync("SELECT state FROM thanosql.image", "gone");
        await world.PutAsync("products/사과 +1.png", first);
        await world.EventuallyAsync(Keyed, $"products/사과 +1.png|{await world.ExpectedAsync(head, first)}|1|model");
        await world.PutAsync("elsewhere/1.png", first);
        await world.PutAsync("products/last.png", first);
        await world.EventuallyAsync("SELECT key FROM thanosql.image ORDER BY key", "products/last.png", "products/사과 +1.png");
    }

    [Fact]
    public async Task A_photograph_that_is_looked_at_while_its_pipeline_becomes_active_gets_its_row()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.StartAsync([Products], watch: false);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipeline", "waiting");
        Head? head = null;
        world.Store.BeforeStat = async () =>
        {
            world.Store.BeforeStat = () => Task.CompletedTask;
            head = await world.ModelAsync("foods");
            await world.EventuallyAsync("SELECT state FROM thanosql.pipeline", "active");
        };

        await world.PutAsync("products/1.png", Picture.Of(1));
        await world.AnnounceAsync("products/1.png");

        await world.EventuallyAsync("SELECT state FROM thanosql.pipeline", "active");
        await world.EventuallyAsync("SELECT image_path, keyword_source FROM products", "products/1.png|model");
        (await world.RowsAsync("SELECT keyword FROM products")).ShouldBe([await world.ExpectedAsync(head.ShouldNotBeNull(), Picture.Of(1))]);
    }

    [Fact]
    public async Task A_persons_label_waits_to_be_confirmed_when_the_picture_is_overwritten()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text, truth text)");
        var head = await world.ModelAsync("foods");
        var (first, second) = (Picture.Of(1), await DifferentAsync(world, head, Picture.Of(1)));
        await world.StartAsync([$"{Products}\nlabel_col: truth"]);
        await world.PutAsync("products/1.png", first);
        await world.EventuallyAsync(Keyed, $"products/1.png|{await world.ExpectedAsync(head, first)}|1|model");

        await world.SqlAsync("UPDATE products SET truth = '버섯'");
        await world.EventuallyAsync(Keyed, "products/1.png|버섯||person");
        await world.PutAsync("products/1.png", second);
        await world.EventuallyAsync(Keyed, $"products/1.png|{await world.ExpectedAsync(head, second)}|1|model");
        (await world.RowsAsync("SELECT path, label, state FROM thanosql.labels")).ShouldBe(["products/1.png|버섯|to confirm"]);

        await world.SqlAsync("UPDATE products SET truth = NULL");
        await world.SqlAsync("UPDATE products SET truth = '버섯'");
        await world.EventuallyAsync(Keyed, "products/1.png|버섯||person");
        await world.DeleteAsync("products/1.png");
        await world.EventuallyAsync("SELECT state FROM thanosql.image", "gone");
        (await world.RowsAsync("SELECT path FROM thanosql.labels")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_shops_row_is_keyed_whether_it_comes_before_or_after_its_picture_and_cleared_when_the_picture_goes()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text, price int)");
        var head = await world.ModelAsync("foods");
        await world.StartAsync([Products.Replace("rows: create", "rows: attach").Replace("on_delete: delete", "on_delete: clear")]);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");

        await world.SqlAsync("INSERT INTO products VALUES ('products/before.png', 1)");
        await world.PutAsync("products/before.png", Picture.Of(1));
        await world.PutAsync("products/after.png", Picture.Of(2));
        await world.EventuallyAsync("SELECT state FROM thanosql.image ORDER BY key", "indexed", "indexed");
        await world.SqlAsync("INSERT INTO products VALUES ('/home/jovyan/products/after.png', 2)");

        await world.EventuallyAsync(
            Keyed, $"/home/jovyan/products/after.png|{await world.ExpectedAsync(head, Picture.Of(2))}|1|model",
            $"products/before.png|{await world.ExpectedAsync(head, Picture.Of(1))}|1|model");
        await world.DeleteAsync("products/before.png");
        await world.EventuallyAsync("SELECT price, keyword, keyword_score, keyword_source FROM products WHERE price = 1", "1|||failed");
    }

    [Fact]
    public async Task A_row_of_a_pipelines_table_is_keyed_wherever_its_picture_lies()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text, price int)");
        var head = await world.ModelAsync("foods");
        await world.PutAsync("archive/old.png", Picture.Of(3));
        await world.StartAsync([Products]);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");

        await world.SqlAsync("INSERT INTO products VALUES ('archive/old.png', 1), ('archive/missing.png', 2)");

        await world.EventuallyAsync(
            Keyed, "archive/missing.png|||failed", $"archive/old.png|{await world.ExpectedAsync(head, Picture.Of(3))}|1|model");
    }

    [Fact]
    public async Task Pictures_that_came_before_table_and_model_are_keyed_when_both_are_there()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.StartAsync([Products]);
        await world.PutAsync("products/1.png", Picture.Of(1));
        await world.EventuallyAsync("SELECT state, reason FROM thanosql.pipelines", "waiting|table 'products' is not there yet");
        await world.EventuallyAsync("SELECT state FROM thanosql.image", "indexed");

        await world.SqlAsync("CREATE TABLE products (image_path text)");
        var head = await world.ModelAsync("foods");

        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");
        await world.EventuallyAsync(Keyed, $"products/1.png|{await world.ExpectedAsync(head, Picture.Of(1))}|1|model");
    }

    private static async Task<byte[]> DifferentAsync(IndexingWorld world, Vision.Heads.Head head, byte[] picture)
    {
        var label = await world.ExpectedAsync(head, picture);
        for (var number = 100; ; number++)
        {
            if (await world.ExpectedAsync(head, Picture.Of(number)) != label)
                return Picture.Of(number);
        }
    }
}
