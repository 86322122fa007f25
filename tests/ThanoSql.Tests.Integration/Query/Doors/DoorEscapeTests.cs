using Npgsql;
using ThanoSql.Catalog.Doors;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Integration.Query.Escapes;
using ThanoSql.Tests.Integration.Query.Escapes.Sql;

namespace ThanoSql.Tests.Integration.Query.Doors;

/// <summary>What somebody who means harm sends through the door: there is no reader of statements in between, only what the login may do.</summary>
public sealed class DoorEscapeTests(DoorHost host) : IClassFixture<DoorHost>
{
    private static readonly ILookup<string, Attempt> ByKind =
        ((IEnumerable<Attempt>)[.. CommandAttempts.All, .. RoleAttempts.All, .. SecretAttempts.All, .. SessionAttempts.All]).ToLookup(a => a.Kind);

    public static TheoryData<string, TokenScope> Kinds =>
        [.. ByKind.SelectMany(kind => new[] { (kind.Key, TokenScope.Query), (kind.Key, TokenScope.Write) })];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_refused_over_HTTP_tells_and_changes_nothing_through_the_door(string kind, TokenScope scope)
    {
        var through = new List<string>();
        DoorLogin? login = null;
        foreach (var attempt in ByKind[kind])
        {
            login ??= await FreshAsync(scope);
            var answer = await SendAsync(login, attempt);
            if (host.SecretIn(answer) is { } secret)
                through.Add($"{attempt}\n    the answer holds {secret}: {answer}");
            await host.ClearAsync();
            if (await host.ChangesAsync() is { Count: > 0 } changes)
                through.Add($"{attempt}\n    answered {answer}\n    changed {string.Join("; ", changes)}");
            if (attempt.ToString().Contains("PASSWORD", StringComparison.Ordinal))
                login = null; // a role may always change its own, as this one does
        }

        through.ShouldBeEmpty(string.Join("\n", through));
    }

    [Theory]
    [InlineData("SET ROLE {db}_query", "42501")]
    [InlineData("SET ROLE {db}_write", "42501")]
    [InlineData("SET ROLE {db}_tables", "42501")]
    [InlineData("SET ROLE {db}_owner", "42501")]
    [InlineData("SET ROLE {db}_logins", "42501")]
    [InlineData("SET SESSION AUTHORIZATION {db}_owner", "42501")]
    [InlineData("SELECT set_config('role', '{db}_owner', false)", "42501")]
    [InlineData("ALTER ROLE SESSION_USER VALID UNTIL 'infinity'", "42501")]
    [InlineData("ALTER ROLE SESSION_USER CONNECTION LIMIT -1", "42501")]
    [InlineData("ALTER ROLE SESSION_USER SUPERUSER", "42501")]
    [InlineData("ALTER ROLE SESSION_USER SET temp_file_limit = -1", "42501")]
    [InlineData("ALTER ROLE {db}_query PASSWORD 'mine'", "42501")]
    [InlineData("ALTER ROLE {db}_write PASSWORD 'mine'", "42501")]
    [InlineData("ALTER ROLE {db}_query SET search_path = pg_temp", "42501")]
    [InlineData("GRANT {db}_write TO SESSION_USER", "42501")]
    [InlineData("GRANT {db}_writer TO {db}_reader", "42501")]
    [InlineData("SET temp_file_limit = -1", "42501")]
    [InlineData("CREATE TEMP TABLE t (x int)", "42501")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "42501")]
    [InlineData("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "42501")]
    [InlineData("DO 'BEGIN END'", "42501")]
    [InlineData("CREATE OPERATOR public.= (function = ts_rewrite, leftarg = tsquery, rightarg = text)", "42501")]
    [InlineData("CREATE AGGREGATE public.max(text) (sfunc = textcat, stype = text)", "42501")]
    [InlineData("CREATE TYPE mine AS (x int)", "42501")]
    [InlineData("CREATE DOMAIN mine AS text CHECK (query_to_xml(VALUE, true, true, '') IS NOT NULL)", "42501")]
    [InlineData("CREATE RULE r AS ON UPDATE TO products DO ALSO SELECT 1", "42501")]
    [InlineData("CREATE POLICY p ON products USING (true)", "42501")]
    [InlineData("CREATE SCHEMA mine", "42501")]
    [InlineData("DROP TABLE products", "42501")]
    [InlineData("ALTER TABLE products ADD mine int", "42501")]
    [InlineData("COPY products TO PROGRAM 'touch /tmp/thanosql-escaped'", "42501")]
    [InlineData("COPY (SELECT 1) TO '/tmp/thanosql-escaped'", "42501")]
    [InlineData("SELECT pg_read_file('/etc/passwd')", "42501")]
    [InlineData("SELECT lo_creat(-1)", "42501")]
    [InlineData("SELECT pg_sleep(1)", "42501")]
    [InlineData("SELECT pg_advisory_lock(1)", "42501")]
    [InlineData("SELECT pg_notify('thanosql_training_run', '1')", "42501")]
    [InlineData("SELECT pg_terminate_backend(pid) FROM pg_stat_activity", "42501")]
    [InlineData("SELECT pg_cancel_backend(1)", "42501")]
    [InlineData("SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t (x int)", "42883")]
    [InlineData("SELECT rolpassword FROM pg_authid", "42501")]
    [InlineData("SELECT * FROM thanosql.token", "42501")]
    [InlineData("SELECT * FROM thanosql.door_login", "42501")]
    [InlineData("SELECT thanosql_logins.open_door(1, 'write', '', now(), 1, 1, 1, 1)", "42501")]
    [InlineData("SELECT thanosql_logins.close_door('x')", "42501")]
    [InlineData("SELECT * FROM thanosql_logins.door_sessions()", "42501")]
    [InlineData("SELECT * FROM shop.secret", "42501")]
    [InlineData("BEGIN; PREPARE TRANSACTION 'mine'", "55000")]
    public async Task Refused_for_each_scope(string sql, string state)
    {
        foreach (var scope in new[] { TokenScope.Query, TokenScope.Write })
        {
            await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(scope));
            await DoorHost.RunAsync(client, "SET default_transaction_read_only = off");

            var answer = await DoorHost.TryAsync(client, sql.Replace("{db}", client.Database, StringComparison.Ordinal));

            answer.ShouldStartWith(state, Case.Sensitive, $"{scope}: {sql}");
        }
    }

    [Theory]
    [InlineData("INSERT INTO products (image_path) VALUES ('mine')")]
    [InlineData("UPDATE products SET price = 0")]
    [InlineData("DELETE FROM products")]
    [InlineData("TRUNCATE products")]
    [InlineData("CREATE TABLE mine (x int)")]
    [InlineData("CREATE VIEW mine AS SELECT 1")]
    [InlineData("CREATE SEQUENCE mine")]
    [InlineData("SELECT 1 AS x INTO mine")]
    [InlineData("SELECT * FROM products FOR UPDATE")]
    [InlineData("BEGIN; LOCK TABLE products IN ROW EXCLUSIVE MODE; COMMIT")]
    [InlineData("COPY products FROM STDIN")]
    public async Task A_login_that_reads_cannot_write_whatever_it_sets(string sql)
    {
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(TokenScope.Query));
        (await DoorHost.TryAsync(client, sql))[..5].ShouldBeOneOf("25006", "42501");
        await DoorHost.RunAsync(client, "ROLLBACK");

        await DoorHost.RunAsync(client, "SET default_transaction_read_only = off");

        (await DoorHost.TryAsync(client, sql)).ShouldStartWith("42501");
    }

    [Fact]
    public async Task What_a_role_may_always_do_to_itself_helps_nobody()
    {
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(TokenScope.Write));
        var writer = $"{client.Database}_writer";

        await DoorHost.RunAsync(client, $"SET ROLE {writer}");
        await DoorHost.RunAsync(client, "ALTER ROLE CURRENT_USER PASSWORD 'mine'");
        await DoorHost.RunAsync(client, $"ALTER ROLE {writer} SET statement_timeout = 0");

        var group = new NpgsqlConnectionStringBuilder(client.ConnectionString) { Username = writer, Password = "mine" };
        await using var login = new NpgsqlConnection(group.ConnectionString);
        (await Should.ThrowAsync<PostgresException>(login.OpenAsync(CancellationToken.None))).SqlState.ShouldBe("28000");
    }

    private async Task<DoorLogin> FreshAsync(TokenScope scope)
    {
        var login = await host.LoginAsync(scope);
        await host.KeepAsync();
        return login;
    }

    private static async Task<string> SendAsync(DoorLogin login, Attempt attempt)
    {
        await using var client = await DoorHost.ConnectAsync(login);
        var answers = new List<string>();
        try
        {
            await DoorHost.RunAsync(client, "SET default_transaction_read_only = off");
            foreach (var step in attempt.Steps)
                answers.Add(await DoorHost.TryAsync(client, step));
        }
        catch (Exception broken) when (broken is InvalidOperationException or NotSupportedException or NpgsqlException)
        {
            answers.Add(broken.Message); // it ended its session, or began a COPY
        }
        return string.Join('\n', answers);
    }
}
