using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Doors;

/// <summary>What a login of the door is for, and when it ends.</summary>
public sealed class DoorTests(DoorHost host) : IClassFixture<DoorHost>
{
    private static readonly Uri Address = new("/api/v1/logins", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TokenScope.Query)]
    [InlineData(TokenScope.Write)]
    [InlineData(TokenScope.Admin)]
    public async Task A_client_reads_index_columns_and_views(TokenScope scope)
    {
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(scope));

        (await DoorHost.RunAsync(client, "SELECT image_path FROM products WHERE keyword_source = 'model' OR keyword IS NULL"))
            .ShouldBe("products/1.png");
        (await DoorHost.RunAsync(client, "SELECT name FROM thanosql.models")).ShouldBe("colours");
        (await DoorHost.RunAsync(client, "SHOW temp_file_limit")).ShouldBe("1GB");
    }

    [Fact]
    public async Task The_api_gives_a_login_that_is_shown_once_and_ends_on_demand()
    {
        using var made = await host.Client(TokenScope.Query).PostAsJsonAsync(Address, new { minutes = 5 }, Cancellation);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var login = await made.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = login.GetProperty("host").GetString(),
            Port = login.GetProperty("port").GetInt32(),
            Database = login.GetProperty("database").GetString(),
            Username = login.GetProperty("user").GetString(),
            Password = login.GetProperty("password").GetString(),
            Pooling = false,
        };
        await using var client = new NpgsqlConnection(settings.ConnectionString);
        await client.OpenAsync(Cancellation);
        (await DoorHost.RunAsync(client, "SELECT count(*) FROM products")).ShouldBe("1");
        login.GetProperty("url").GetString().ShouldBe(
            $"postgresql://{settings.Username}:{settings.Password}@{settings.Host}:{settings.Port}/{settings.Database}");

        using var closed = await host.Client(TokenScope.Query).DeleteAsync(Address, Cancellation);

        closed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await DoorHost.EndOfAsync(client)).ShouldNotBe("still there");
    }

    [Theory]
    [InlineData("{\"minutes\": 0}")]
    [InlineData("{\"minutes\": 43201}")]
    [InlineData("{\"minutes\": 1441}")]
    [InlineData("{\"minutes\": \"8h\"}")]
    [InlineData("{\"token\": \"admin\"}")]
    [InlineData("[]")]
    public async Task A_wrong_request_is_told(string body)
    {
        using var content = new StringContent(body);
        using var answer = await host.Client(TokenScope.Write).PostAsync(Address, content, Cancellation);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Tokens_that_search_get_none()
    {
        using var answer = await host.Client(TokenScope.Search).PostAsJsonAsync(Address, new { }, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        var token = await host.TokenAsync(TokenScope.Search);
        (await Should.ThrowAsync<CatalogException>(() => host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation)))
            .Message.ShouldContain("scope 'query' or wider");
    }

    [Fact]
    public async Task A_revoked_token_takes_its_logins_and_their_sessions_with_it()
    {
        var token = await host.TokenAsync(TokenScope.Query);
        var login = await host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation);
        await using var client = await DoorHost.ConnectAsync(login);

        await host.Tokens.RevokeAsync(token.Name, "test", Cancellation);

        (await DoorHost.EndOfAsync(client)).ShouldNotBe("still there");
        await GoneAsync(login.User);
        (await Should.ThrowAsync<PostgresException>(() => DoorHost.ConnectAsync(login))).SqlState.ShouldBe("28P01");
        (await Should.ThrowAsync<CatalogException>(() => host.Logins.OpenAsync(
            token with { RevokedAt = DateTimeOffset.UtcNow }, TimeSpan.FromHours(1), "test", Cancellation))).Message.ShouldContain("not in force");
    }

    [Fact]
    public async Task A_login_ends_with_its_time_and_never_after_its_token()
    {
        var token = await host.TokenAsync(TokenScope.Query, TimeSpan.FromSeconds(6));
        var login = await host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation);
        login.ExpiresAt.ShouldBe(token.ExpiresAt!.Value, TimeSpan.FromMilliseconds(1));
        var brief = await host.Logins.OpenAsync(await host.TokenAsync(TokenScope.Query), TimeSpan.FromSeconds(6), "test", Cancellation);
        await using var client = await DoorHost.ConnectAsync(login);
        await using var other = await DoorHost.ConnectAsync(brief);

        (await DoorHost.EndOfAsync(client)).ShouldNotBe("still there");
        (await DoorHost.EndOfAsync(other)).ShouldNotBe("still there");
        await GoneAsync(login.User);
        await GoneAsync(brief.User);
    }

    [Fact]
    public async Task A_statement_that_lasts_is_ended_whatever_its_session_sets()
    {
        const string statement = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(TokenScope.Query));
        (await DoorHost.TryAsync(client, statement)).ShouldStartWith("57014");
        await DoorHost.RunAsync(client, "SET statement_timeout = 0");

        (await DoorHost.TryAsync(client, statement)).ShouldStartWith("57P01");
    }

    [Fact]
    public async Task A_transaction_that_idles_is_ended_whatever_its_session_sets()
    {
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(TokenScope.Query));
        await DoorHost.RunAsync(client, "SET idle_in_transaction_session_timeout = 0");
        await DoorHost.RunAsync(client, "BEGIN");
        await DoorHost.RunAsync(client, "LOCK TABLE products IN ACCESS SHARE MODE");

        await UntilAsync($"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {client.ProcessID})");
    }

    [Fact]
    public async Task A_session_in_another_database_is_ended()
    {
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(TokenScope.Write), "postgres");

        (await DoorHost.EndOfAsync(client)).ShouldNotBe("still there");
    }

    [Fact]
    public async Task Sessions_and_logins_are_counted()
    {
        var token = await host.TokenAsync(TokenScope.Query);
        var login = await host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation);
        List<NpgsqlConnection> clients = [];
        try
        {
            for (var i = 0; i < DoorHost.Connections; i++)
                clients.Add(await DoorHost.ConnectAsync(login));

            (await Should.ThrowAsync<PostgresException>(() => DoorHost.ConnectAsync(login))).SqlState.ShouldBe("53300");
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
        await host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation);
        (await Should.ThrowAsync<CatalogException>(() => host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation)))
            .Message.ShouldContain("has 2 logins already");
    }

    [Fact]
    public async Task A_client_that_writes_changes_rows_of_every_table_and_what_it_makes_outlives_its_login()
    {
        var token = await host.TokenAsync(TokenScope.Write);
        var login = await host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancellation);
        await using (var client = await DoorHost.ConnectAsync(login))
        {
            await DoorHost.RunAsync(client, "UPDATE products SET price = 2 WHERE image_path = 'products/1.png'");
            await DoorHost.RunAsync(client, "INSERT INTO products (image_path, price) VALUES ('products/none.png', 3)");
            await DoorHost.RunAsync(client, "DELETE FROM products WHERE image_path = 'products/none.png'");
            await DoorHost.RunAsync(client, "UPDATE products SET price = 1");
            await DoorHost.RunAsync(client, "CREATE TABLE made (id serial PRIMARY KEY, note text)");
            await DoorHost.RunAsync(client, "CREATE VIEW made_view AS SELECT note FROM made");
            await DoorHost.RunAsync(client, "INSERT INTO made (note) VALUES ('here')");
            await DoorHost.RunAsync(client, "ALTER TABLE made OWNER TO SESSION_USER");
            await DoorHost.RunAsync(client, "GRANT ALL ON made TO SESSION_USER");
        }
        await host.Tokens.RevokeAsync(token.Name, "test", Cancellation);
        await GoneAsync(login.User);

        (await host.RunAsync("SELECT note FROM made_view", TokenScope.Query)).Body.ShouldContain("here");
        (await host.RunAsync("ALTER TABLE made ADD price integer", TokenScope.Write)).Status.ShouldBe(200);
        (await host.RunAsync("DROP TABLE made CASCADE", TokenScope.Write)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Who_opened_it_is_written_down_without_the_password()
    {
        var token = await host.TokenAsync(TokenScope.Query);
        var login = await host.Logins.OpenAsync(token, TimeSpan.FromHours(1), "command line (me)", Cancellation);

        var line = await host.ScalarAsync<string>($"""
            SELECT who || ' ' || kind || ' ' || action || ' ' || change FROM thanosql.audit WHERE subject = '{token.Name}' AND action = 'open door'
            """);

        line.ShouldStartWith($"command line (me) token open door login {login.User}, scope query, expires ");
        line.ShouldNotContain(login.Password);
        login.ToString().ShouldNotContain(login.Password);
    }

    [Fact]
    public async Task The_readmes_python_reads_rows_over_HTTP_and_from_PostgreSQL()
    {
        var readme = await File.ReadAllTextAsync(Repository.File("README.md"), Cancellation);
        var start = readme.IndexOf("```python\nimport os, pandas", StringComparison.Ordinal) + "```python\n".Length;
        var code = readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];

        var printed = await Tool.RunAsync(
            "env", $"THANOSQL_URL={host.Address.ToString().TrimEnd('/')}", $"THANOSQL_TOKEN={host.Secret(TokenScope.Write)}", "/usr/bin/python3",
            "-c", code);

        printed.ShouldContain("{'image_path': 'products/1.png'");
        printed.ShouldContain("image_path keyword  keyword_score");
        using var closed = await host.Client(TokenScope.Write).DeleteAsync(Address, Cancellation);
        closed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Functions_say_what_plain_SQL_cannot_here_and_over_HTTP()
    {
        const string predict = "SELECT thanosql.predict('colours', image_path) AS label FROM products";
        await using var client = await DoorHost.ConnectAsync(await host.LoginAsync(TokenScope.Query));
        var label = await DoorHost.RunAsync(client, predict);
        label.ShouldBeOneOf("red", "green", "blue");
        var search = $"SELECT path FROM thanosql.search('colours', '{label}', 5)";

        (await DoorHost.RunAsync(client, search)).ShouldBe("products/1.png");
        (await host.RunAsync(search, TokenScope.Query)).Body.ShouldContain("products/1.png");
        (await host.RunAsync(predict, TokenScope.Query)).Body.ShouldContain(label);
        (await host.RunAsync("SELECT * FROM thanosql.similar('products/1.png', 5)", TokenScope.Query)).Body.ShouldContain("/api/v1/similar");
    }

    [Fact]
    public async Task A_role_that_nobody_remembers_is_ended()
    {
        var login = await host.LoginAsync(TokenScope.Query);
        await using var client = await DoorHost.ConnectAsync(login);
        await using (var forget = host.Superuser.CreateCommand(
            $"DELETE FROM thanosql.door_login WHERE current_database() || '_door' || number = '{login.User}'"))
        {
            await forget.ExecuteNonQueryAsync(Cancellation);
        }

        await GoneAsync(login.User);

        (await DoorHost.EndOfAsync(client)).ShouldNotBe("still there");
    }

    private Task GoneAsync(string user) => UntilAsync($"SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}')");

    private async Task UntilAsync(string sql)
    {
        var until = DateTime.UtcNow.AddMinutes(1);
        while (!await host.ScalarAsync<bool>(sql))
        {
            DateTime.UtcNow.ShouldBeLessThan(until, sql);
            await Task.Delay(100, Cancellation);
        }
    }
}
