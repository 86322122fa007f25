using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class SortIndexTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("price > 0", "price, image_path", "Index Scan using")]
    [InlineData("price IS NULL", "price, image_path", "Index Scan using")]
    [InlineData("price IS NOT NULL", "price DESC, image_path DESC", "Index Scan Backward using")]
    public async Task One_index_serves_both_directions_without_a_sort(string where, string order, string plan)
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var table = $"both_{plan.Length}_{where.Length}";
        await ActiveAsync(world, table, ["price"]);

        (await IndexesAsync(world, table)).ShouldBe(["keyword, price, image_path"]);
        await using var connection = await world.Database.OpenConnectionAsync(Cancellation);
        await connection.Command("SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off").RunAsync(Cancellation);
        var lines = await connection.Command(
            $"EXPLAIN (COSTS OFF) SELECT * FROM {table} WHERE keyword = '과일' AND {where} ORDER BY {order} LIMIT 20").ListAsync<string>(Cancellation);
        lines[1].Trim().ShouldStartWith($"->  {plan} thanosql_sort_");
    }

    [Fact]
    public async Task Columns_that_are_missing_or_of_any_length_get_none()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await ActiveAsync(world, "lengths", ["title", "name", "created_at", "nobody", "keyword_score", "image_path"]);

        (await IndexesAsync(world, "lengths")).ShouldBe(["keyword, created_at, image_path", "keyword, name, image_path"]);
        await world.SqlAsync($"INSERT INTO lengths (image_path, title) VALUES ('lengths/9.jpg', '{new string('가', 9000)}')");
    }

    [Fact]
    public async Task An_index_goes_with_its_column_in_the_file_and_nobody_elses_does()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await ActiveAsync(world, "going", ["price", "created_at"]);
        await world.SqlAsync("CREATE INDEX thanosql_sort_mine ON going (keyword, price, image_path)");
        await world.SqlAsync("CREATE INDEX thanosql_sort_0123456789abcdef ON going (price, keyword, image_path)");

        await world.Registry.RegisterAsync([Pipeline("going", ["created_at"])], Cancellation);
        await world.Tables.RefreshAsync(Cancellation);

        (await IndexesAsync(world, "going")).ShouldBe(
            ["keyword, created_at, image_path", "keyword, price, image_path", "price, keyword, image_path"]);
        (await world.ScalarAsync<bool>("SELECT to_regclass('thanosql_sort_mine') IS NOT NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_shops_own_index_of_the_same_columns_serves_as_well()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await ActiveAsync(world, "owning", []);
        await world.SqlAsync("CREATE INDEX shops_own ON owning (keyword, price, image_path)");

        await world.Registry.RegisterAsync([Pipeline("owning", ["price"])], Cancellation);
        await world.Tables.RefreshAsync(Cancellation);

        (await IndexesAsync(world, "owning")).ShouldBe(["keyword, price, image_path"]);
    }

    [Fact]
    public async Task A_build_that_waits_for_the_model_does_not_hold_up_the_index_that_it_waits_for()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await ActiveAsync(world, "awaited", []);
        Task<ModelLock> build;
        await using (await ModelLock.TakeAsync(world.Database, "awaited_model", Cancellation))
        {
            build = ModelLock.TakeAsync(world.Database, "awaited_model", Cancellation);
            await Task.Delay(200, Cancellation); // it waits by now, as a rule
            await world.SqlAsync("CREATE INDEX CONCURRENTLY ON awaited (keyword, price, image_path)");
            build.IsCompleted.ShouldBeFalse();
        }
        await (await build).DisposeAsync();
    }

    [Fact]
    public async Task It_is_kept_by_its_name_through_a_promotion_and_its_rollback()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var first = await ActiveAsync(world, "kept", ["price"]);
        var second = await world.VersionAsync("kept_model");
        var tables = await ServingTables.OfModelAsync(world.Database, "kept_model", "workspace", Cancellation);
        var name = await world.ScalarAsync<string>("SELECT indexname::text FROM pg_indexes WHERE tablename = 'kept' AND indexname ~ 'thanosql_sort'");
        var promotion = new ModelPromotion(postgres.Sessions, NullLogger<ModelPromotion>.Instance);

        foreach (var version in new[] { second, first })
        {
            await promotion.BeginAsync(version, tables, Cancellation);
            await promotion.FillTablesAsync(version, tables, (_, _) => Task.CompletedTask, Cancellation);
            await world.Tables.RefreshAsync(Cancellation);
            await promotion.PromoteAsync(version, tables, new PromotionEffect(VersionState.Retired), Cancellation);
            await world.Tables.RefreshAsync(Cancellation);

            (await IndexesAsync(world, "kept")).ShouldBe(["keyword, price, image_path"]);
            (await world.ScalarAsync<bool>($"SELECT to_regclass('{name}') IS NOT NULL")).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task None_comes_or_goes_while_its_model_is_built_or_promoted()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await ActiveAsync(world, "busy", []);
        await world.Registry.RegisterAsync([Pipeline("busy", ["price"])], Cancellation);
        await using (await ModelLock.TakeAsync(world.Database, "busy_model", Cancellation))
            await world.Tables.RefreshAsync(Cancellation);
        (await IndexesAsync(world, "busy")).ShouldBeEmpty();

        await world.SqlAsync($"UPDATE thanosql.model SET next_version_id = {version.VersionId} WHERE name = 'busy_model'");
        await world.Tables.RefreshAsync(Cancellation);
        (await IndexesAsync(world, "busy")).ShouldBeEmpty();

        await world.SqlAsync("UPDATE thanosql.model SET next_version_id = NULL WHERE name = 'busy_model'");
        await world.Tables.RefreshAsync(Cancellation);
        (await IndexesAsync(world, "busy")).ShouldBe(["keyword, price, image_path"]);
    }

    [Fact]
    public async Task A_row_that_no_index_takes_costs_the_index_and_nothing_else()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await ActiveAsync(world, "huge", []);
        await world.SqlAsync(
            "UPDATE huge SET amount = (SELECT string_agg((random() * 9)::integer::text, '') FROM generate_series(1, 20000))::numeric");

        await world.Registry.RegisterAsync([Pipeline("huge", ["amount", "price"])], Cancellation);
        await world.Tables.RefreshAsync(Cancellation);
        await world.Tables.RefreshAsync(Cancellation);

        (await IndexesAsync(world, "huge")).ShouldBe(["keyword, price, image_path"]);
        (await world.ScalarAsync<string>("SELECT state FROM thanosql.pipeline WHERE name = 'huge'")).ShouldBe("active");
    }

    private static PipelineDefinition Pipeline(string table, string[] sort) =>
        CatalogWorld.Pipeline(table, table, $"{table}_model") with { Search = new SearchRule { Sort = sort } };

    /// <summary>A table of two rows and its active pipeline.</summary>
    private static async Task<ModelVersion> ActiveAsync(CatalogWorld world, string table, string[] sort)
    {
        await world.SqlAsync($"""
            CREATE TABLE {table} (
                image_path text, price integer, amount numeric, created_at timestamptz DEFAULT now(), title text, name varchar(200));
            INSERT INTO {table} (image_path, price) VALUES ('{table}/1.jpg', 1), ('{table}/2.jpg', NULL)
            """);
        var version = await world.ModelAsync($"{table}_model");
        await world.IndexedAsync($"{table}/1.jpg", version, "과일", 0.8f);
        await world.Registry.RegisterAsync([Pipeline(table, sort)], Cancellation);
        await world.Tables.RefreshAsync(Cancellation);
        return version;
    }

    /// <summary>The columns of the valid indexes that none but these tests ask for, sorted.</summary>
    private static Task<List<string>> IndexesAsync(CatalogWorld world, string table) => world.RowsAsync(
        $"""
         SELECT columns FROM (
             SELECT (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
                     FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                     JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number) AS columns
             FROM pg_index x WHERE x.indrelid = '{table}'::regclass AND x.indnatts = 3) i
         ORDER BY columns
         """);
}
