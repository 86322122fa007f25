using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>
/// Workers write pipelines' tables with the owner's rights, and PostgreSQL runs what hangs on a table with the rights of who writes it: so users must
/// not be able to hang anything on such a table.
/// </summary>
public sealed class TakeoverTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Theory]
    [InlineData("checked", "CREATE TABLE checked (image_path text CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL))", "constraint")]
    [InlineData("calling", "CREATE TABLE calling (image_path text, x text DEFAULT pg_read_file('/etc/passwd'))", "default")]
    [
        InlineData(
            "leaking", "CREATE TABLE leaking (image_path text, x text DEFAULT table_to_xml('thanosql.setting', true, true, '')::text)", "default")
    ]
    [InlineData("timed", "CREATE TABLE timed (image_path text, x text DEFAULT current_setting('is_superuser'))", "default")]
    public async Task A_table_with_code_of_its_users_keeps_its_pipeline_waiting(string table, string create, string found)
    {
        (await host.QueryAsync(create)).Status.ShouldBe(200);

        await RegisterAsync(table);

        (await host.OwnerAsync<string>($"SELECT state || ': ' || reason FROM thanosql.pipeline WHERE table_name = '{table}'")).ShouldContain(
            $"waiting: the {found}");
        (await OwnerOfAsync(table)).ShouldEndWith("_write");
    }

    [Fact]
    public async Task A_pipelines_table_leaves_the_users_role_and_stays_writable()
    {
        (await host.QueryAsync("""
            CREATE TABLE wares (id serial, image_path text, price integer CHECK (price >= 0), created_at timestamptz DEFAULT now(),
                code text DEFAULT upper('x'), f text GENERATED ALWAYS AS (lower(image_path)) STORED)
            """)).Status.ShouldBe(200);
        await RegisterAsync("wares");

        (await host.OwnerAsync<string>("SELECT state FROM thanosql.pipeline WHERE table_name = 'wares'")).ShouldBe("active");
        (await OwnerOfAsync("wares")).ShouldBe(await host.OwnerAsync<string>("SELECT current_user::text"));
        (await host.QueryAsync("INSERT INTO wares (image_path, price) VALUES ('wares/1.jpg', 5)")).Status.ShouldBe(200);
        (await host.QueryAsync("UPDATE wares SET price = 6")).Status.ShouldBe(200);
        (await host.RowsAsync("SELECT price, keyword FROM wares")).GetProperty("data").ToString().ShouldBe("[[6,null]]");
        foreach (var attempt in new[]
        {
            "ALTER TABLE wares ADD CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL)",
            "ALTER TABLE wares ALTER COLUMN price SET DEFAULT length(pg_read_file('/etc/passwd'))",
            "ALTER TABLE wares ADD COLUMN x text DEFAULT current_setting('is_superuser')",
            "ALTER TABLE wares DISABLE TRIGGER ALL",
            "ALTER TABLE wares OWNER TO CURRENT_USER",
            "CREATE INDEX ON wares (lower(image_path))",
            "CREATE TABLE child () INHERITS (wares)",
            "CREATE TABLE reference (id integer REFERENCES wares)",
            "DROP TABLE wares",
        })
        {
            (await host.QueryAsync(attempt)).Status.ShouldBeInRange(400, 403, attempt);
        }
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
        (await OwnerOfAsync("stock")).ShouldBe(await host.OwnerAsync<string>("SELECT current_user::text"));
        (await host.OwnerAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.stock'::regclass AND NOT tgisinternal")).ShouldBe(2);
        (await host.QueryAsync("COPY stock OPTIONS (if_exists='append') FROM '[{\"image_path\":\"stock/3.jpg\",\"label\":\"생선\"}]'"))
            .Status.ShouldBe(200);
        (await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.image WHERE key LIKE 'stock/%'")).ShouldBe(3);
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
