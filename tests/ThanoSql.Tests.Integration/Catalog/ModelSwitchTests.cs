using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Rekeying;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class ModelSwitchTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_see_one_version_or_the_other_and_a_shop_goes_on_writing()
    {
        const int Rows = 4000;
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "busy", Rows, Cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var reader = Task.Run(() => ReadAsync(scene, Rows, over.Token), Cancellation);
        var writer = Task.Run(() => WriteAsync(scene, Rows, over.Token), Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        await over.CancelAsync();
        (await reader).ShouldBeGreaterThan(0);
        var written = await writer;
        written.ShouldBeGreaterThan(0);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '배' AND keyword_version = 2", Cancellation)).ShouldBe(Rows);
        (await scene.ScalarAsync<long>($"SELECT sum(price - n) FROM {scene.Table}, split_part(split_part(image_path, '/', 2), '.', 1) s, CAST(s AS integer) n", Cancellation))
            .ShouldBe(written);
    }

    [Fact]
    public async Task Views_indexes_and_column_names_are_the_same_afterwards()
    {
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "views", 50, Cancellation);
        await scene.ExecuteAsync($"CREATE VIEW best WITH (security_barrier) AS SELECT image_path, keyword FROM {scene.Table} WHERE keyword_score > 0.5", Cancellation);
        await scene.ExecuteAsync("CREATE VIEW over_best AS SELECT keyword, count(*) AS n FROM best GROUP BY keyword", Cancellation);
        await scene.ExecuteAsync($"CREATE INDEX odd ON {scene.Table} (lower(keyword), price) WHERE keyword <> 'keyword'", Cancellation);
        var columns = await ColumnsAsync(scene);
        var indexes = await IndexesAsync(scene);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>("SELECT string_agg(keyword || n, ',') FROM over_best", Cancellation)).ShouldBe("배50");
        (await scene.ScalarAsync<string>("SELECT reloptions::text FROM pg_class WHERE relname = 'best'", Cancellation)).ShouldBe("{security_barrier=true}");
        (await ColumnsAsync(scene)).ShouldBe(columns);
        (await IndexesAsync(scene)).ShouldBe(indexes);
    }

    [Fact]
    public async Task What_a_person_said_survives_the_switch()
    {
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "people", 20, Cancellation);
        await scene.ExecuteAsync($"""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, '귤', 'a person' FROM thanosql.image i, thanosql.pipeline p
            WHERE i.key = 'people/7.jpg' AND p.name = 'people'
            """, Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>($"SELECT keyword || ' ' || keyword_source FROM {scene.Table} WHERE price = 7", Cancellation)).ShouldBe("귤 person");
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_source = 'model'", Cancellation)).ShouldBe(19);
    }

    [Fact]
    public async Task A_row_that_a_shop_holds_is_keyed_when_it_lets_go()
    {
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "held", 30, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await using var shop = await postgres.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await shop.BeginTransactionAsync(Cancellation);
        await using (var update = new NpgsqlCommand($"UPDATE {scene.Table} SET price = 0 WHERE price = 5", shop)) await update.ExecuteNonQueryAsync(Cancellation);

        var switching = scene.SwitchToSecondAsync(Cancellation);
        await WaitUntilAsync(async () => await scene.ScalarAsync<long>($"SELECT count(keyword_next) FROM {scene.Table}", Cancellation) == 29);
        switching.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync(Cancellation);
        await switching;

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_version = 2", Cancellation)).ShouldBe(30);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE price = 0 AND keyword = '배'", Cancellation)).ShouldBe(1);
    }

    [Fact]
    public async Task A_switch_given_up_leaves_nothing_behind()
    {
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "given_up", 20, Cancellation);
        var columns = await ColumnsAsync(scene);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.FillTablesAsync(scene.Second, scene.Tables, (_, _) => Task.CompletedTask, Cancellation);

        await scene.Switch.AbandonAsync(scene.Second.ModelId, scene.Tables, Cancellation);

        (await ColumnsAsync(scene)).ShouldBe(columns);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_version = 1", Cancellation)).ShouldBe(20);
        await Should.ThrowAsync<SwitchInterruptedException>(
            () => scene.Switch.SwitchAsync(scene.Second, scene.Tables, new SwitchEffect(VersionState.Retired), Cancellation));
    }

    [Fact]
    public async Task Switching_back_and_forth_keeps_the_table_small()
    {
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "forth", 10, Cancellation);

        foreach (var version in new[] { scene.Second, scene.First, scene.Second }) await scene.SwitchAsync(version, Cancellation);

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '배'", Cancellation)).ShouldBe(10);
        (await scene.ScalarAsync<string>($"SELECT string_agg(state, ',' ORDER BY number) FROM thanosql.model_version WHERE model_id = {scene.First.ModelId}", Cancellation))
            .ShouldBe("retired,current");
    }

    [Fact]
    public async Task A_materialised_view_over_index_columns_is_named_before_anything_begins()
    {
        var scene = await SwitchScene.CreateAsync(postgres.DataSource, "material", 5, Cancellation);
        await scene.ExecuteAsync($"CREATE MATERIALIZED VIEW frozen AS SELECT keyword FROM {scene.Table}", Cancellation);

        var error = await Should.ThrowAsync<CatalogException>(() => scene.SwitchToSecondAsync(Cancellation));

        error.Message.ShouldContain("frozen");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'material' AND next_version_id IS NOT NULL", Cancellation)).ShouldBe(0);
    }

    private static async Task<int> ReadAsync(SwitchScene scene, int rows, CancellationToken over)
    {
        for (var reads = 0; ; reads++)
        {
            if (over.IsCancellationRequested) return reads;
            var seen = await scene.ScalarAsync<string>($"SELECT min(keyword_version) || '-' || max(keyword_version) || ' ' || count(keyword) FROM {scene.Table}", Cancellation);
            seen.ShouldBeOneOf($"1-1 {rows}", $"2-2 {rows}");
        }
    }

    private static async Task<long> WriteAsync(SwitchScene scene, int rows, CancellationToken over)
    {
        for (var writes = 0L; ; writes++)
        {
            if (over.IsCancellationRequested) return writes;
            await scene.ExecuteAsync($"UPDATE {scene.Table} SET price = price + 1 WHERE image_path = 'busy/{1 + (writes * 7 % rows)}.jpg'", Cancellation);
        }
    }

    private static Task<string> ColumnsAsync(SwitchScene scene) => scene.ScalarAsync<string>(
        $"SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_name = '{scene.Table}'", Cancellation);

    private static Task<string> IndexesAsync(SwitchScene scene) => scene.ScalarAsync<string>(
        $"SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE tablename = '{scene.Table}'", Cancellation);

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition()) await Task.Delay(20, deadline.Token);
    }
}
