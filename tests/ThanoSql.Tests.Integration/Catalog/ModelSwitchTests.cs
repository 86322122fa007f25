using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class ModelSwitchTests(PostgresServer postgres, RealServers servers) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_see_one_version_or_the_other_and_a_shop_goes_on_writing()
    {
        const int Rows = 4000;
        var scene = await SwitchScene.CreateAsync(postgres, "busy", Rows, Cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (reading, writing) = (new TaskCompletionSource(), new TaskCompletionSource());
        var reader = Task.Run(() => ReadAsync(scene, Rows, reading, over.Token), Cancellation);
        var writer = Task.Run(() => WriteAsync(scene, Rows, writing, over.Token), Cancellation);
        await await Task.WhenAny(reader, reading.Task);
        await await Task.WhenAny(writer, writing.Task);

        await scene.SwitchToSecondAsync(Cancellation);

        await over.CancelAsync();
        await reader;
        var written = await writer;
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '배' AND keyword_version = 2", Cancellation))
            .ShouldBe(Rows);
        (
            await scene.ScalarAsync<long>(
                $"SELECT sum(price - n) FROM {scene.Table}, split_part(split_part(image_path, '/', 2), '.', 1) s, CAST(s AS integer) n",
                Cancellation))
            .ShouldBe(written);
    }

    [Fact]
    public async Task Views_indexes_and_column_names_are_the_same_afterwards()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "views", 50, Cancellation);
        await scene.SwitchAsync(scene.First, Cancellation);
        await scene.ExecuteAsync($"CREATE VIEW everything AS SELECT * FROM {scene.Table}", Cancellation);
        await scene.ExecuteAsync(
            $"CREATE VIEW best WITH (security_barrier) AS SELECT image_path, keyword FROM {scene.Table} WHERE keyword_score > 0.5", Cancellation);
        await scene.ExecuteAsync("CREATE VIEW over_best AS SELECT keyword, count(*) AS n FROM best GROUP BY keyword", Cancellation);
        foreach (var view in new[] { "everything", "best" })
            await scene.GiveToUsersAsync(view, Cancellation);
        await scene.ExecuteAsync($"CREATE INDEX odd ON {scene.Table} (lower(keyword), price) WHERE keyword <> 'keyword'", Cancellation);
        var columns = await ColumnsAsync(scene);
        var indexes = await IndexesAsync(scene);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>("SELECT string_agg(keyword || n, ',') FROM over_best", Cancellation)).ShouldBe("배50");
        (await scene.ScalarAsync<string>("SELECT DISTINCT keyword || ' ' || keyword_next FROM everything", Cancellation)).ShouldBe("배 사과");
        (await scene.ScalarAsync<string>("SELECT reloptions::text FROM pg_class WHERE relname = 'best'", Cancellation)).ShouldBe(
            "{security_barrier=true}");
        (await ColumnsAsync(scene)).ShouldBe(columns);
        (await IndexesAsync(scene)).ShouldBe(indexes);
    }

    [Theory]
    [InlineData("x USING btree (keyword); DROP TABLE public.canary --")]
    [InlineData("an INDEX \"of\" ours ON it")]
    public async Task An_index_whose_name_reads_like_SQL_keeps_it_and_nothing_of_it_runs(string name)
    {
        var scene = await SwitchScene.CreateAsync(postgres, $"named{name.Length}", 10, Cancellation);
        await scene.SwitchAsync(scene.First, Cancellation);
        await scene.ExecuteAsync("CREATE TABLE IF NOT EXISTS public.canary ()", Cancellation);
        await scene.ExecuteAsync($"CREATE UNIQUE INDEX {Identifier.Quote(name)} ON {scene.Table} (keyword, price)", Cancellation);
        var indexes = await IndexesAsync(scene);

        await scene.SwitchToSecondAsync(Cancellation);

        (await IndexesAsync(scene)).ShouldBe(indexes);
        (await scene.ScalarAsync<bool>("SELECT to_regclass('public.canary') IS NOT NULL", Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_view_of_a_role_whose_rights_are_not_the_users_is_refused_by_name_before_anything_changes()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "foreign", 10, Cancellation);
        await scene.SwitchAsync(scene.First, Cancellation);
        await scene.ExecuteAsync($"CREATE VIEW owners_view AS SELECT keyword FROM {scene.Table}", Cancellation);

        (await Should.ThrowAsync<CatalogException>(() => scene.SwitchToSecondAsync(Cancellation))).Message.ShouldContain("owners_view");

        await scene.ExecuteAsync("DROP VIEW owners_view", Cancellation);
        await scene.SwitchToSecondAsync(Cancellation);
    }

    [Fact]
    public async Task A_view_cannot_be_replaced_while_a_promotion_is_about_to_define_it_anew()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "watched", 10, Cancellation);
        await scene.SwitchAsync(scene.First, Cancellation);
        await scene.ExecuteAsync($"CREATE VIEW watched_view AS SELECT keyword FROM {scene.Table}", Cancellation);
        await scene.GiveToUsersAsync("watched_view", Cancellation);
        await using var session = await postgres.Sessions.OpenAsync(Cancellation);
        await using var transaction = await session.Connection.BeginTransactionAsync(Cancellation);

        (await DependentView.HoldAsync(session, scene.Tables[0], Cancellation)).Count.ShouldBe(1);

        (await Should.ThrowAsync<PostgresException>(() => scene.ExecuteAsync("SET lock_timeout = 50; DROP VIEW watched_view", Cancellation)))
            .SqlState.ShouldBe("55P03");
    }

    [Fact]
    public async Task Temporary_views_of_other_sessions_keep_no_promotion_from_happening()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "fleeting", 10, Cancellation);
        await scene.SwitchAsync(scene.First, Cancellation);
        await using var other = await postgres.Superuser.OpenConnectionAsync(Cancellation);
        await using var view = new NpgsqlCommand($"CREATE TEMPORARY VIEW passing AS SELECT keyword FROM public.{scene.Table}", other);
        await view.ExecuteNonQueryAsync(Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>($"SELECT DISTINCT keyword FROM {scene.Table}", Cancellation)).ShouldBe("배");
    }

    [Fact]
    public async Task What_a_person_said_survives_the_switch()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "people", 20, Cancellation);
        await scene.ExecuteAsync($"""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, '귤', 'a person' FROM thanosql.image i, thanosql.pipeline p
            WHERE i.key = 'people/7.jpg' AND p.name = 'people'
            """, Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>($"SELECT keyword || ' ' || keyword_source FROM {scene.Table} WHERE price = 7", Cancellation))
            .ShouldBe("귤 person");
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_source = 'model'", Cancellation)).ShouldBe(19);
    }

    [Fact]
    public async Task A_row_that_a_shop_holds_is_keyed_when_it_lets_go()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "held", 30, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await using var shop = await postgres.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await shop.BeginTransactionAsync(Cancellation);
        await using (var update = new NpgsqlCommand($"UPDATE {scene.Table} SET price = 0 WHERE price = 5", shop))
            await update.ExecuteNonQueryAsync(Cancellation);

        var switching = scene.SwitchToSecondAsync(Cancellation);
        await WaitUntilAsync(async () => await scene.ScalarAsync<long>($"SELECT count(keyword_next) FROM {scene.Table}", Cancellation) == 29);
        switching.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync(Cancellation);
        await switching;

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_version = 2", Cancellation)).ShouldBe(30);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE price = 0 AND keyword = '배'", Cancellation)).ShouldBe(1);
    }

    [Fact]
    public async Task A_switch_given_up_leaves_no_index_behind()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "given_up", 20, Cancellation);
        var indexes = await IndexesAsync(scene);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.FillTablesAsync(scene.Second, scene.Tables, (_, _) => Task.CompletedTask, Cancellation);

        await scene.Switch.AbandonAsync(scene.Second.ModelId, scene.Tables, Cancellation);

        (await IndexesAsync(scene)).ShouldBe(indexes);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_version = 1", Cancellation)).ShouldBe(20);
        await Should.ThrowAsync<PromotionInterruptedException>(
            () => scene.Switch.PromoteAsync(scene.Second, scene.Tables, new PromotionEffect(VersionState.Retired), Cancellation));
    }

    [Fact]
    public async Task Switching_back_and_forth_keeps_the_table_small()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "forth", 10, Cancellation);

        foreach (var version in new[] { scene.Second, scene.First, scene.Second })
            await scene.SwitchAsync(version, Cancellation);

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '배'", Cancellation)).ShouldBe(10);
        (
            await scene.ScalarAsync<string>(
                $"SELECT string_agg(state, ',' ORDER BY number) FROM thanosql.model_version WHERE model_id = {scene.First.ModelId}", Cancellation))
            .ShouldBe("retired,current");
    }

    [Fact]
    public async Task Only_the_first_switch_of_a_table_takes_column_numbers_of_which_postgresql_has_1600()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "numbers", 5, Cancellation);
        await scene.SwitchToSecondAsync(Cancellation);
        var numbers = await NumbersAsync();

        foreach (var version in new[] { scene.First, scene.Second, scene.First })
            await scene.SwitchAsync(version, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.AbandonAsync(scene.Second.ModelId, scene.Tables, Cancellation);

        (await NumbersAsync()).ShouldBe(numbers);

        Task<int> NumbersAsync() =>
            scene.ScalarAsync<int>($"SELECT max(attnum)::integer FROM pg_attribute WHERE attrelid = '{scene.Table}'::regclass", Cancellation);
    }

    [Fact]
    public async Task What_the_version_before_the_last_said_does_not_come_back()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "stale", 20, Cancellation);
        await scene.SwitchToSecondAsync(Cancellation);
        // One picture that version 1 has no answer for any more, one that is gone, several rows of one picture, a row without one, a path that is
        // none
        await scene.ExecuteAsync(
            $"""
             DELETE FROM thanosql.keyword WHERE version_id = {scene.First.VersionId}
                 AND content_id = (SELECT content_id FROM thanosql.image WHERE key = 'stale/3.jpg');
             UPDATE thanosql.image SET state = 'gone' WHERE key = 'stale/4.jpg';
             UPDATE {scene.Table} SET image_path = 'stale/5.jpg' WHERE price BETWEEN 6 AND 9;
             UPDATE {scene.Table} SET image_path = NULL WHERE price = 10;
             UPDATE {scene.Table} SET image_path = './', keyword = NULL, keyword_source = 'failed' WHERE price = 11
             """, Cancellation);

        await scene.SwitchAsync(scene.First, Cancellation);

        (await scene.ScalarAsync<string>(
            $"""
             SELECT string_agg(n || ' ' || said, ',' ORDER BY said) FROM (
                 SELECT count(*) AS n, concat_ws(' ', keyword, keyword_version, keyword_source) AS said FROM {scene.Table}
                     WHERE image_path IS NOT NULL GROUP BY 2) s
             """, Cancellation)).ShouldBe("1 ,2 failed,16 사과 1 model");
    }

    [Fact]
    public async Task A_switch_to_another_version_begins_anew_where_one_was_given_up_half_way()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "changed", 20, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.FillTablesAsync(scene.Second, scene.Tables, (_, _) => Task.CompletedTask, Cancellation);

        await scene.SwitchAsync(scene.First, Cancellation);

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '사과' AND keyword_version = 1", Cancellation))
            .ShouldBe(20);
    }

    [Theory]
    [InlineData("CREATE MATERIALIZED VIEW frozen AS SELECT keyword FROM material_products", "DROP MATERIALIZED VIEW frozen")]
    [
        InlineData(
            "ALTER TABLE material_products ADD frozen text GENERATED ALWAYS AS (lower(keyword)) STORED", "ALTER TABLE material_products DROP frozen")
    ]
    [
        InlineData(
            "ALTER TABLE material_products ADD CONSTRAINT frozen CHECK (keyword_score <= 1)", "ALTER TABLE material_products DROP CONSTRAINT frozen")
    ]
    [InlineData("CREATE POLICY frozen ON material_products USING (keyword_source <> 'failed')", "DROP POLICY frozen ON material_products")]
    public async Task What_cannot_follow_new_index_columns_is_named_before_anything_begins(string hold, string release)
    {
        await using var database = new PostgresServer(servers);
        await database.InitializeAsync();
        var scene = await SwitchScene.CreateAsync(database, "material", 5, Cancellation);
        await scene.ExecuteAsync(hold, Cancellation);

        var error = await Should.ThrowAsync<CatalogException>(() => scene.SwitchToSecondAsync(Cancellation));

        error.Message.ShouldContain("frozen");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'material' AND next_version_id IS NOT NULL", Cancellation))
            .ShouldBe(0);
        await scene.ExecuteAsync(release, Cancellation);
        await scene.SwitchToSecondAsync(Cancellation);
    }

    private static async Task ReadAsync(SwitchScene scene, int rows, TaskCompletionSource begun, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var seen = await scene.ScalarAsync<string>(
                $"SELECT min(keyword_version) || '-' || max(keyword_version) || ' ' || count(keyword) FROM {scene.Table}", Cancellation);
            seen.ShouldBeOneOf($"1-1 {rows}", $"2-2 {rows}");
            begun.TrySetResult();
        }
    }

    private static async Task<long> WriteAsync(SwitchScene scene, int rows, TaskCompletionSource begun, CancellationToken over)
    {
        for (var writes = 0L; ; writes++)
        {
            if (over.IsCancellationRequested)
                return writes;
            await scene.ExecuteAsync(
                $"UPDATE {scene.Table} SET price = price + 1 WHERE image_path = 'busy/{1 + (writes * 7 % rows)}.jpg'", Cancellation);
            begun.TrySetResult();
        }
    }

    private static Task<string> ColumnsAsync(SwitchScene scene) => scene.ScalarAsync<string>(
        "SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY column_name) FROM information_schema.columns " +
        $"WHERE table_name = '{scene.Table}'", Cancellation);

    private static Task<string> IndexesAsync(SwitchScene scene) => scene.ScalarAsync<string>(
        $"SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE tablename = '{scene.Table}'", Cancellation);

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
            await Task.Delay(20, deadline.Token);
    }
}
