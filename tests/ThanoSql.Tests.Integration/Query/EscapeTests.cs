using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>Users' SQL cannot leave its role.</summary>
public sealed class EscapeTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await host.OwnerAsync("""
            CREATE TABLE IF NOT EXISTS public.products (image_path text PRIMARY KEY, price integer);
            CREATE SCHEMA IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.secret (text text);
            """);
        // The first use of the roles makes them.
        await host.Services.GetRequiredService<UserDatabase>().PoolAsync(TokenScope.Query, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    // too small a file for temp_file_limit
    [InlineData("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c")]
    [InlineData("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r")]
    public async Task A_statement_without_end_is_cancelled_on_the_server(string flood)
    {
        var (status, body) = await host.QueryAsync(flood, TokenScope.Query);

        status.ShouldBe(504, body.ToString());
        body.GetProperty("code").GetString().ShouldBe("timeout");
        await NobodyWorksAsync();
    }

    [Fact]
    public async Task A_huge_value_is_left_out()
    {
        var rows = await host.RowsAsync("SELECT repeat('x', 20000000) AS x", TokenScope.Query);

        rows.GetProperty("data").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Settings_and_temporary_tables_end_with_the_request()
    {
        for (var i = 0; i < 3; i++)
        {
            (await host.QueryAsync("SELECT set_config('search_path', 'pg_temp', false), set_config('statement_timeout', '0', false)"))
                .Status.ShouldBe(200);
            (await host.QueryAsync("CREATE TEMP TABLE products AS SELECT 'shadow'::text AS image_path, 1 AS price")).Status.ShouldBe(200);
            var rows = await host.RowsAsync(
                "SELECT current_setting('search_path') AS p, (SELECT count(*) FROM products WHERE image_path = 'shadow') AS n");
            rows.GetProperty("data")[0][0].GetString().ShouldBe("public");
            rows.GetProperty("data")[0][1].GetInt32().ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_source_that_changes_how_strings_are_read_smuggles_no_second_statement()
    {
        await host.ServeModelAsync("smuggled");
        var before = await FingerprintAsync();

        var (status, body) = await host.QueryAsync("""
            SELECT * FROM
            (PREDICT USING smuggled AS SELECT set_config('standard_conforming_strings', 'off', false) AS image_path) a,
            (PREDICT USING smuggled AS SELECT '\' || '; ALTER ROLE CURRENT_USER PASSWORD ''mine''; --' AS image_path) b
            """);

        // What the first source set is gone when the second runs: its text is the text that was written.
        status.ShouldBe(200, body.ToString());
        body.GetProperty("data").GetProperty("df").GetString()!.ShouldContain("; ALTER ROLE CURRENT_USER PASSWORD 'mine'; --");
        (await FingerprintAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_view_does_not_lend_its_writer_more_rights_than_he_has()
    {
        (await host.QueryAsync("CREATE VIEW leak AS SELECT * FROM thanosql.setting")).Status.ShouldBe(200);

        (await host.QueryAsync("SELECT * FROM leak")).Status.ShouldBe(403);
        (await host.QueryAsync("SELECT * FROM leak", TokenScope.Query)).Status.ShouldBe(403);
        (await host.QueryAsync("CREATE MATERIALIZED VIEW leaked AS SELECT * FROM leak")).Status.ShouldBe(403);
        (await host.QueryAsync("DROP VIEW leak")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_reading_role_writes_nothing()
    {
        string[] writes =
        [
            "INSERT INTO products VALUES ('x', 1)", "UPDATE products SET price = 0", "DELETE FROM products", "TRUNCATE products",
            "DROP TABLE products",
            "CREATE TABLE mine (x int)", "WITH w AS (INSERT INTO products VALUES ('x', 1) RETURNING *) SELECT * FROM w", "SELECT 1 AS x INTO mine",
        ];
        foreach (var write in writes)
            (await host.QueryAsync(write, TokenScope.Query)).Status.ShouldBe(403, write);
    }

    [Fact]
    public async Task The_roles_have_no_way_into_other_roles()
    {
        // Those without login hold the rights that the door's logins share with these
        var ways = await host.OwnerAsync<string>("""
            SELECT string_agg(way, ' ' ORDER BY way COLLATE "C") FROM (
                SELECT replace(m.member::regrole || '>' || m.roleid::regrole, current_database(), '') AS way FROM pg_catalog.pg_auth_members m
                WHERE m.member::regrole::text IN (
                    SELECT current_database() || kind FROM unnest(ARRAY['_query', '_write', '_reader', '_writer']) AS kind)) AS ways
            """);

        ways.ShouldBe("_query>_reader _write>_query _write>_writer _writer>_reader");
        (await host.OwnerAsync<bool>("""
            SELECT bool_and(NOT rolsuper AND NOT rolcreaterole AND NOT rolcreatedb AND NOT rolreplication AND NOT rolbypassrls
                            AND rolcanlogin = (rolname IN (current_database() || '_query', current_database() || '_write')))
            FROM pg_catalog.pg_roles
            WHERE rolname IN (SELECT current_database() || kind FROM unnest(ARRAY['_query', '_write', '_reader', '_writer']) AS kind)
            """)).ShouldBeTrue();
    }

    // Everything an escape could have changed: rights, roles, functions, settings, tokens, objects, the table.
    private async Task<string> FingerprintAsync()
    {
        await using var command = host.Superuser.CreateCommand("""
            SELECT concat_ws('|',
                (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_rewrite),
                (SELECT count(*) FROM pg_type WHERE typtype = 'd'),
                (SELECT count(*) FROM pg_roles WHERE rolsuper),
                (SELECT md5(string_agg(rolname || coalesce(rolpassword, ''), ',' ORDER BY rolname))
                    FROM pg_authid
                    WHERE rolname IN (current_database() || '_query', current_database() || '_write')),
                (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM thanosql.token), (SELECT count(*) FROM thanosql.setting),
                (SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'),
                (SELECT count(*) FROM public.products),
                (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task NobodyWorksAsync()
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (await host.OwnerAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'thanosql user' " +
            "AND state = 'active'") > 0)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, "a cancelled statement goes on");
            await Task.Delay(50);
        }
    }
}
