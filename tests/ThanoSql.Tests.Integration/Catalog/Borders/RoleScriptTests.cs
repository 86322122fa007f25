using Npgsql;
using ThanoSql.Catalog.Roles;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog.Borders;

/// <summary>What a superuser does once, by the program, by psql, or as the postgres image's init script.</summary>
public sealed class RoleScriptTests(PostgresServer postgres, RealServers servers) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Database!;

    [Fact]
    public async Task It_may_be_run_again_and_takes_powers_away_that_somebody_gave()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using (await postgres.Sessions.OpenAsync(Cancellation))
        {
            // the roles are admitted
        }
        await SuperuserAsync($"ALTER ROLE {Database}_write CREATEROLE; GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO PUBLIC");

        await RunAsync();
        await RunAsync();

        (await world.RowsAsync($"SELECT rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = '{Database}_write'")).ShouldBe(["False|True"]);
        (await world.RowsAsync("SELECT object FROM thanosql_logins.open_to_all()")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Objects_of_a_former_owner_go_to_the_owner_and_his_tables_to_the_users()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await SuperuserAsync("""
            CREATE TABLE thanosql.left_over (x integer); CREATE FUNCTION thanosql.old() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            CREATE TABLE public."Old; table" (id serial, image_path text); CREATE VIEW public.old_view AS SELECT 1 AS x
            """);
        var superuser = new NpgsqlConnectionStringBuilder(await servers.PostgresAsync()).Username!;

        await RunAsync(superuser);

        (await world.RowsAsync($"""
            SELECT c.oid::regclass::text, replace(c.relowner::regrole::text, '{Database}', '') FROM pg_class c
            WHERE c.relname IN ('left_over', 'Old; table', 'Old; table_id_seq', 'old_view') ORDER BY c.relname
            """)).ShouldBe(
                ["\"Old; table\"|_write", "\"Old; table_id_seq\"|_write", "thanosql.left_over|_owner", "old_view|_write"], ignoreOrder: true);
        (await world.RowsAsync("SELECT count(*) FROM pg_proc WHERE proname = 'old' AND proowner::regrole::text LIKE '%_owner'")).ShouldBe(["1"]);
        await world.SqlAsync("DROP TABLE thanosql.left_over; DROP FUNCTION thanosql.old()");
    }

    [Fact]
    public async Task A_superuser_is_refused_as_the_owner_and_a_database_without_roles_says_what_to_run()
    {
        var settings = new NpgsqlConnectionStringBuilder(await servers.PostgresAsync()) { Database = Database };
        await using var superuser = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var users = new UserDatabase(
            superuser, Microsoft.Extensions.Options.Options.Create(new UserDatabaseOptions()),
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        (await Should.ThrowAsync<ThanoSql.Catalog.CatalogException>(() => users.CheckAsync(Cancellation)))
            .Message.ShouldContain($"thanosql roles --owner {Database}_owner");
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(owner: settings.Username!))).MessageText.ShouldContain("is a superuser");
    }

    [Fact]
    public async Task The_init_script_of_the_postgres_image_makes_a_plain_owner_and_leaves_the_superuser_no_password()
    {
        await using var server = await PrivateServers.CreateAsync("postgres");
        var superuser = new NpgsqlConnectionStringBuilder(server["Database__ConnectionString"]) { Pooling = false };
        await ExecuteAsync(superuser.ConnectionString, "CREATE DATABASE shop");
        await ExecuteAsync(superuser.ConnectionString, $"CREATE ROLE master SUPERUSER LOGIN PASSWORD '{superuser.Password}'");
        superuser.Username = "master"; // in the image, too, the superuser is not called like the owner
        await ExecuteAsync(superuser.ConnectionString, "ALTER ROLE thanosql RENAME TO other");

        await Tool.RunAsync(
            "env", $"PGHOST={superuser.Host}", $"PGPORT={superuser.Port}", $"PGPASSWORD={superuser.Password}", $"POSTGRES_USER={superuser.Username}",
            "POSTGRES_DB=shop", "POSTGRES_PASSWORD=it's the owner's", $"THANOSQL_ROLES={Repository.File("infra/postgres/roles.sql")}",
            "bash", Repository.File("infra/postgres/init.sh"));

        var owner = new NpgsqlConnectionStringBuilder(superuser.ConnectionString)
        {
            Database = "shop",
            Username = "thanosql",
            Password = "it's the owner's",
        };
        await using var source = NpgsqlDataSource.Create(owner.ConnectionString);
        await using var users = new UserDatabase(
            source, Microsoft.Extensions.Options.Options.Create(new UserDatabaseOptions()),
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        await users.CheckAsync(Cancellation);
        (await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(superuser.ConnectionString, "SELECT 1"))).SqlState.ShouldBe("28P01");
    }

    private async Task RunAsync(string? formerOwner = null, string? owner = null)
    {
        await using var connection = await postgres.Superuser.OpenConnectionAsync(Cancellation);
        await RoleScript.RunAsync(connection, owner ?? $"{Database}_owner", formerOwner, null, Cancellation);
    }

    private async Task SuperuserAsync(string sql)
    {
        await using var command = postgres.Superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task ExecuteAsync(string address, string sql)
    {
        await using var source = NpgsqlDataSource.Create(address);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
