using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>What hangs on a table whose index columns change places: it follows, or is named before anything changes.</summary>
public sealed class SwitchDependentsTests(PostgresServer postgres, RealServers servers) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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
        var columns = await scene.ColumnsAsync(Cancellation);
        var indexes = await scene.IndexesAsync(Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>("SELECT string_agg(keyword || n, ',') FROM over_best", Cancellation)).ShouldBe("배50");
        (await scene.ScalarAsync<string>("SELECT DISTINCT keyword || ' ' || keyword_next FROM everything", Cancellation)).ShouldBe("배 사과");
        (await scene.ScalarAsync<string>("SELECT reloptions::text FROM pg_class WHERE relname = 'best'", Cancellation)).ShouldBe(
            "{security_barrier=true}");
        (await scene.ColumnsAsync(Cancellation)).ShouldBe(columns);
        (await scene.IndexesAsync(Cancellation)).ShouldBe(indexes);
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
        var indexes = await scene.IndexesAsync(Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.IndexesAsync(Cancellation)).ShouldBe(indexes);
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
}
