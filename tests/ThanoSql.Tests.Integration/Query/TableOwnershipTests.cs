using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>
/// A table that a pipeline fills stays its users': they may change it and drop it, and hang on it what they like, since the service writes it with
/// users' rights.
/// </summary>
public sealed class TableOwnershipTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Theory]
    [InlineData("checked", "CREATE TABLE checked (image_path text CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL))")]
    [InlineData("leaking", "CREATE TABLE leaking (image_path text, x text DEFAULT query_to_xml('SELECT current_user', true, true, '')::text)")]
    [InlineData("timed", "CREATE TABLE timed (image_path text, x text DEFAULT current_setting('is_superuser'))")]
    public async Task A_table_with_code_of_its_users_is_filled_like_any_other_and_stays_theirs(string table, string create)
    {
        (await host.QueryAsync(create)).Status.ShouldBe(200);

        await RegisterAsync(table);

        (await host.OwnerAsync<string>($"SELECT state FROM thanosql.pipeline WHERE table_name = '{table}'")).ShouldBe("active");
        (await OwnerOfAsync(table)).ShouldEndWith("_write");
    }

    [Fact]
    public async Task A_table_of_another_role_keeps_its_pipeline_waiting_until_its_rights_are_lent()
    {
        var role = await host.OwnerAsync<string>("SELECT current_database() || '_shop'");
        await SuperuserAsync($"""
            CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; SET ROLE {role}; CREATE TABLE public.theirs (image_path text)
            """);
        try
        {
            await RegisterAsync("theirs");
            (await host.OwnerAsync<string>("SELECT reason FROM thanosql.pipeline WHERE table_name = 'theirs'")).ShouldContain($"GRANT {role} TO");

            await SuperuserAsync($"GRANT {role} TO {await host.OwnerAsync<string>("SELECT current_database() || '_tables'")}");
            await RegisterAsync("theirs");
            (await host.OwnerAsync<string>("SELECT state FROM thanosql.pipeline WHERE table_name = 'theirs'")).ShouldBe("active");
        }
        finally
        {
            await SuperuserAsync($"DROP TABLE public.theirs; DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task Users_change_and_drop_a_pipelines_table_as_any_of_theirs()
    {
        (await host.QueryAsync("CREATE TABLE wares (id serial, image_path text, price integer CHECK (price >= 0))")).Status.ShouldBe(200);
        await RegisterAsync("wares");
        foreach (var change in new[]
        {
            "INSERT INTO wares (image_path, price) VALUES ('wares/1.jpg', 5)", "UPDATE wares SET price = 6", "ALTER TABLE wares ADD COLUMN note text",
            "CREATE INDEX ON wares (lower(image_path))",
        })
        {
            (await host.QueryAsync(change)).Status.ShouldBe(200, change);
        }
        (await host.RowsAsync("SELECT price, keyword FROM wares")).GetProperty("data").ToString().ShouldBe("[[6,null]]");

        // Made anew under the same name, it is filled again
        (await host.QueryAsync("DROP TABLE wares")).Status.ShouldBe(200);
        (await host.QueryAsync("CREATE TABLE wares (image_path text)")).Status.ShouldBe(200);
        await host.Services.GetRequiredService<PipelineCatalog>().RefreshAsync(CancellationToken.None);
        (await host.QueryAsync("INSERT INTO wares VALUES ('wares/2.jpg')")).Status.ShouldBe(200);
        (await host.RowsAsync("SELECT image_path, keyword FROM wares")).GetProperty("data").ToString().ShouldBe("""[["wares/2.jpg",null]]""");
    }

    [Fact]
    public async Task COPY_gives_a_replaced_pipeline_table_its_index_columns_back()
    {
        (await host.QueryAsync("COPY stock FROM '[{\"image_path\":\"stock/1.jpg\",\"label\":\"과일\"}]'")).Status.ShouldBe(200);
        await RegisterAsync("stock");

        var (status, body) = await host.QueryAsync("COPY stock OPTIONS (overwrite=True) FROM '[{\"image_path\":\"stock/2.jpg\",\"label\":\"채소\"}]'");

        status.ShouldBe(200, body.ToString());
        (await host.RowsAsync("SELECT * FROM stock")).GetProperty("columns").ToString().ShouldBe(
            """["image_path","label","keyword","keyword_score","keyword_version","keyword_source"]""");
        (await host.RowsAsync("SELECT image_path FROM stock", TokenScope.Query)).GetProperty("data").ToString().ShouldBe("""[["stock/2.jpg"]]""");
        (await OwnerOfAsync("stock")).ShouldEndWith("_write");
        (await host.OwnerAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.stock'::regclass AND NOT tgisinternal")).ShouldBe(2);
        (await host.QueryAsync("COPY stock OPTIONS (if_exists='append') FROM '[{\"image_path\":\"stock/3.jpg\",\"label\":\"생선\"}]'"))
            .Status.ShouldBe(200);
        (await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.image WHERE key LIKE 'stock/%'")).ShouldBe(3);
    }

    private async Task SuperuserAsync(string sql)
    {
        await using var command = host.Superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private Task<string> OwnerOfAsync(string table) =>
        host.OwnerAsync<string>($"SELECT tableowner::text FROM pg_tables WHERE schemaname = 'public' AND tablename = '{table}'");

    private async Task RegisterAsync(string table)
    {
        await host.ServeModelAsync("groups");
        var registry = host.Services.GetRequiredService<PipelineCatalog>();
        var others = (await registry.ListAsync(CancellationToken.None)).Select(p => p.Definition).Where(d => d.Table != table);
        var definition = PipelineFile.Parse(
            $"{{ name: {table}, prefix: {table}/, table: {table}, model: {{ name: groups }} }}", "t.yaml", "workspace");
        await registry.RegisterAsync([.. others, definition], CancellationToken.None);
    }
}
