using Npgsql;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tables;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog.Borders;

/// <summary>
/// Functions that run with the rights of the catalog's owner, or of the role that makes logins: who may call them, and with what proof.
/// </summary>
public sealed class DefinerFunctionTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    // A trigger has no pass: what it does, its caller may do by writing a row.
    private const string WithoutPass = "key_row";

    private const string Functions = """
        SELECT n.nspname || '.' || p.proname, (SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY place)
                                               FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, place))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND n.nspname IN ('thanosql', 'thanosql_logins')
        ORDER BY 1
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_function_with_the_owners_rights_has_a_fixed_search_path_and_refuses_whoever_has_no_pass()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using var session = await postgres.Sessions.OpenAsync(Cancellation);
        var functions = await world.RowsAsync(Functions);
        functions.Count.ShouldBeGreaterThan(15);
        (await world.RowsAsync("""
            SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.prosecdef AND n.nspname LIKE 'thanosql%'
              AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
            """)).ShouldBeEmpty();

        foreach (var function in functions.Select(f => f.Split('|')))
        {
            if (function[0].EndsWith(WithoutPass, StringComparison.Ordinal))
                continue;
            var refused = await Should.ThrowAsync<PostgresException>(() => CallAsync(session.Connection, function), function[0]);
            refused.SqlState.ShouldBe("42501", $"{function[0]}: {refused.MessageText}");
        }
    }

    [Theory]
    [InlineData(TokenScope.Query)]
    [InlineData(TokenScope.Write)]
    public async Task Users_SQL_may_call_none_of_them(TokenScope scope)
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using var users = Users();
        await using var connection = await (await users.PoolAsync(scope, Cancellation)).OpenConnectionAsync(Cancellation);

        foreach (var function in (await world.RowsAsync(Functions)).Select(f => f.Split('|')))
        {
            var refused = await Should.ThrowAsync<PostgresException>(() => CallAsync(connection, function), function[0]);
            refused.SqlState.ShouldBe("42501", $"{function[0]}: {refused.MessageText}");
        }
    }

    [Fact]
    public async Task A_pass_ends_with_its_time_and_is_nowhere_to_be_read()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using var session = await postgres.Sessions.OpenAsync(Cancellation);
        await ServingTables.HoldAsync(session.Connection, session.Pass, [], Cancellation);

        (await world.ScalarAsync<string>("SELECT string_agg(encode(digest, 'hex'), ',') FROM thanosql.session_pass"))!
            .ShouldNotContain(session.Pass.ToString("N"));
        await world.SqlAsync("UPDATE thanosql.session_pass SET valid_until = now() - interval '1 second'");

        (await Should.ThrowAsync<PostgresException>(() => ServingTables.HoldAsync(session.Connection, session.Pass, [], Cancellation)))
            .SqlState.ShouldBe("42501");
        await world.SqlAsync("UPDATE thanosql.session_pass SET valid_until = now() + interval '1 hour'");
    }

    [Theory]
    [InlineData("admin", null, "22023")]
    [InlineData("owner", null, "22023")]
    [InlineData("tables", "mine", "22023")]
    [InlineData("write", "x; DROP ROLE y", "22023")]
    [InlineData("query", "a_name_that_is_much_too_long_for_a_role_of_postgresql", "42622")]
    public async Task Logins_are_made_for_the_scopes_alone(string scope, string? member, string state)
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using var command = postgres.DataSource.CreateCommand("SELECT thanosql_logins.admit($1, $2, $3, 1)");
        command.Parameters.Add(new NpgsqlParameter { Value = scope });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)member ?? DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter { Value = ScramVerifier.Of("secret") });

        (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancellation))).SqlState.ShouldBe(state);
    }

    [Fact]
    public async Task A_login_of_a_scope_has_the_scopes_rights_and_the_owner_can_make_no_other_role()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await using var session = await postgres.Sessions.OpenAsync(Cancellation); // makes the grants
        var login = await world.ScalarAsync<string>($"SELECT thanosql_logins.admit('query', 'visitor', '{ScramVerifier.Of("secret")}', 2)");
        try
        {
            var address = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = login, Password = "secret", Pooling = false };
            await using var visitor = NpgsqlDataSource.Create(address.ConnectionString);
            await using (var views = visitor.CreateCommand("SELECT count(*) FROM thanosql.models"))
                await views.ExecuteNonQueryAsync(Cancellation);
            await using var tokens = visitor.CreateCommand("SELECT count(*) FROM thanosql.token");
            (await Should.ThrowAsync<PostgresException>(() => tokens.ExecuteNonQueryAsync(Cancellation))).SqlState.ShouldBe("42501");

            string[] attempts = ["CREATE ROLE mine", "CREATE ROLE mine SUPERUSER", $"ALTER ROLE {login} SUPERUSER", "CREATE EXTENSION file_fdw"];
            foreach (var attempt in attempts)
                (await Should.ThrowAsync<PostgresException>(() => world.SqlAsync(attempt), attempt)).SqlState.ShouldBe("42501", attempt);
            (await world.ScalarAsync<bool>("""
                SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user
                """)).ShouldBeFalse();
        }
        finally
        {
            await using var drop = postgres.Superuser.CreateCommand($"DROP ROLE {login}");
            await drop.ExecuteNonQueryAsync(Cancellation);
        }
    }

    private static async Task CallAsync(NpgsqlConnection connection, string[] function)
    {
        await using var command = new NpgsqlCommand($"SELECT {function[0]}({function[1]})", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private UserDatabase Users() => new(
        postgres.DataSource, Microsoft.Extensions.Options.Options.Create(new UserDatabaseOptions()),
        Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
}
