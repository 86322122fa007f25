using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Limits;

/// <summary>What one statement leaves in its session reaches nobody.</summary>
public sealed class CleanSessionTests(QueryHost host) : IClassFixture<QueryHost>
{
    private static readonly string[] Others = ["client_encoding", "role", "session_authorization"]; // the test itself would be lost with them

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private UserDatabase Users => host.Services.GetRequiredService<UserDatabase>();

    [Theory]
    [InlineData(TokenScope.Query)]
    [InlineData(TokenScope.Write)]
    public async Task A_session_is_given_back_as_it_was_made(TokenScope scope)
    {
        string[] before;
        int process;
        await using (var session = await Users.OpenAsync("hostile", scope, Cancellation))
        {
            process = session.ProcessId;
            before = await StateAsync(session.Connection);
            (await SpoilAsync(session.Connection)).ShouldBeGreaterThan(80);
            (await StateAsync(session.Connection)).Except(before).Count().ShouldBeGreaterThan(80);
        }

        await using var again = await Users.OpenAsync("hostile", scope, Cancellation);

        again.ProcessId.ShouldBe(process);
        (await StateAsync(again.Connection)).ShouldBe(before);
    }

    [Fact]
    public async Task A_session_that_keeps_statements_prepared_keeps_nothing_else()
    {
        string[] before;
        int process;
        await using (var session = await Users.OpenPreparingAsync("preparing", TokenScope.Query, Cancellation))
        {
            process = session.ProcessId;
            before = await StateAsync(session.Connection);
            await SpoilAsync(session.Connection);
        }

        await using var again = await Users.OpenPreparingAsync("preparing", TokenScope.Query, Cancellation);

        again.ProcessId.ShouldBe(process);
        var after = await StateAsync(again.Connection);
        after.Where(s => !s.StartsWith("prepared ", StringComparison.Ordinal))
            .ShouldBe(before.Where(s => !s.StartsWith("prepared ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task No_session_serves_two_tokens()
    {
        var tokens = new[] { await host.NewTokenAsync(TokenScope.Query), await host.NewTokenAsync(TokenScope.Query) };
        var processes = new[] { new HashSet<int>(), new HashSet<int>() };
        for (var i = 0; i < 20; i++)
        {
            var (status, body) = await host.QueryAsAsync(tokens[i % 2], "SELECT pg_backend_pid() AS p", "?max_results=1");
            status.ShouldBe(200);
            processes[i % 2].Add(body.GetProperty("records").GetProperty("data")[0].GetProperty("p").GetInt32());
        }

        processes[0].Intersect(processes[1]).ShouldBeEmpty();
        processes.ShouldAllBe(p => p.Count < 10); // each token comes back to its own
    }

    [Fact]
    public async Task A_session_that_would_end_when_idle_disturbs_nobody()
    {
        for (var i = 0; i < 10; i++)
        {
            (await host.QueryAsync("SELECT set_config('idle_session_timeout', '200', false)", TokenScope.Query)).Status.ShouldBe(200);
            (await host.QueryAsync("SELECT 1", TokenScope.Query)).Status.ShouldBe(200);
        }
    }

    [Fact]
    public async Task Temporary_tables_are_gone_although_nobody_asks_again()
    {
        var token = await host.NewTokenAsync(TokenScope.Write);
        (await host.QueryAsAsync(token, "CREATE TEMP TABLE lying_about AS SELECT * FROM generate_series(1, 1000)")).Status.ShouldBe(200);

        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (await host.OwnerAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'lying_about'") > 0)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20, Cancellation);
        }
    }

    [Fact]
    public async Task The_catalog_as_XML_holds_nothing_that_its_views_do_not_show()
    {
        await host.OwnerAsync("INSERT INTO thanosql.setting VALUES ('of_ours', 'never-to-be-seen') ON CONFLICT DO NOTHING");
        string[] statements =
        [
            "SELECT schema_to_xml('thanosql', true, true, '')", "SELECT schema_to_xml_and_xmlschema('thanosql', true, true, '')",
            "SELECT schema_to_xmlschema('thanosql', true, true, '')", "SELECT database_to_xml(true, true, '')",
            "SELECT database_to_xml_and_xmlschema(true, true, '')",
        ];
        foreach (var statement in statements)
        {
            foreach (var scope in new[] { TokenScope.Query, TokenScope.Write })
            {
                var (_, body) = await host.QueryAsync(statement, scope);
                var text = body.ToString();
                text.ShouldNotContain("never-to-be-seen", Case.Sensitive, statement);
                text.ShouldNotContain("sha256", Case.Sensitive, statement);
            }
        }
    }

    // Every setting a role of users may set gets another value, and everything else that a session can keep is left lying about.
    private static async Task<int> SpoilAsync(NpgsqlConnection connection)
    {
        string[] leavings =
        [
            "CREATE TEMP SEQUENCE counting", "SELECT nextval('counting')", "CREATE TEMP TABLE shadow AS SELECT 1 AS n",
            "PREPARE mine AS SELECT 'a secret'", "LISTEN mine", "BEGIN", "DECLARE held CURSOR WITH HOLD FOR SELECT 1", "COMMIT",
            "SELECT setseed(0.5)",
        ];
        foreach (var sql in leavings)
            await TryAsync(connection, sql);
        var settings = new List<(string Name, string[] Values)>();
        const string all = """
            SELECT name, CASE vartype WHEN 'bool' THEN ARRAY[CASE setting WHEN 'on' THEN 'off' ELSE 'on' END]
                    WHEN 'enum' THEN enumvals WHEN 'string' THEN ARRAY['mine', 'pg_temp', 'German', 'Asia/Seoul', 'C', 'LATIN1']
                    ELSE ARRAY[max_val, (setting::numeric + 1)::text, min_val] END::text[]
            FROM pg_settings
            """;
        await using (var command = new NpgsqlCommand(all, connection))
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            while (await reader.ReadAsync(Cancellation))
                settings.Add((reader.GetString(0), reader.GetFieldValue<string[]>(1)));
        }
        var changed = 0;
        // Behind it, every setting that is refused would end the session
        var tried = settings.Where(s => !Others.Contains(s.Name)).OrderBy(s => s.Name == "exit_on_error").Prepend(("my.own", ["mine"]));
        foreach (var (name, values) in tried)
        {
            foreach (var value in values)
            {
                var set = $"SELECT set_config('{name}', '{value}', false) WHERE current_setting('{name}', true) IS DISTINCT FROM '{value}'";
                if (!await TryAsync(connection, set))
                    continue;
                changed++;
                break;
            }
        }
        return changed;
    }

    private static async Task<bool> TryAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Cancellation);
            return true;
        }
        catch (PostgresException refused)
        {
            refused.Severity.ShouldBe("ERROR", $"{sql}: {refused.MessageText}");
            return false;
        }
    }

    private static async Task<string[]> StateAsync(NpgsqlConnection connection)
    {
        const string sql = """
            SELECT 'setting ' || name || '=' || setting FROM pg_catalog.pg_settings
                WHERE name NOT LIKE 'plpgsql.%' OR setting <> boot_val -- they show once a trigger has loaded the language
            UNION ALL SELECT 'prepared ' || statement FROM pg_catalog.pg_prepared_statements WHERE statement LIKE '%a secret%' OR name = 'mine'
            UNION ALL SELECT 'cursor ' || name FROM pg_catalog.pg_cursors WHERE name = 'held'
            UNION ALL SELECT 'channel ' || c FROM pg_catalog.pg_listening_channels() c
            UNION ALL SELECT 'temporary ' || relname FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()
            UNION ALL SELECT 'lock ' || locktype || ' ' || mode || ' ' || coalesce(relation::text, '') FROM pg_catalog.pg_locks
                WHERE pid = pg_catalog.pg_backend_pid() AND locktype <> 'virtualxid' AND relation >= 16384
            UNION ALL SELECT 'role ' || current_user || ' ' || session_user
            ORDER BY 1
            """;
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var state = new List<string>();
        while (await reader.ReadAsync(Cancellation))
            state.Add(reader.GetString(0));
        return [.. state];
    }
}
