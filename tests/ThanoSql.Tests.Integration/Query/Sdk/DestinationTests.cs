using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Destinations;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>A service whose tokens keep little.</summary>
public sealed class SmallDestinationHost(RealServers servers) : QueryHost(servers)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Query:Destination:Megabytes"] = "1",
        ["Query:Destination:Tables"] = "3",
    };
}

/// <summary>Tables of schema qm: who makes, reads, changes and drops them, how many there are and for how long.</summary>
public sealed class DestinationTests(SmallDestinationHost host) : IClassFixture<SmallDestinationHost>
{
    private const string Large = "SELECT n, repeat('x', 400) AS t FROM generate_series(1, 1000) AS n"; // 0.4 MB

    [Theory]
    [InlineData("DROP TABLE qm.{0}")]
    [InlineData("ALTER TABLE qm.{0} ADD COLUMN more text")]
    [InlineData("INSERT INTO qm.{0} VALUES (1)")]
    [InlineData("CREATE INDEX ON qm.{0} (a)")]
    [InlineData("CREATE TABLE qm.mine (n int)")]
    [InlineData("CREATE VIEW qm.mine AS SELECT 1 AS n")]
    public async Task Nobodys_statement_changes_what_is_kept(string statement)
    {
        var secret = await host.NewTokenAsync(TokenScope.Admin);
        var name = await KeepAsync(secret, "SELECT 1 AS a");

        var (status, _) = await host.QueryAsAsync(secret, string.Format(null, System.Text.CompositeFormat.Parse(statement), name));

        status.ShouldBe(403);
    }

    [Fact]
    public async Task What_a_token_that_writes_computed_no_token_that_only_reads_sees()
    {
        // Row security of a table that the writing role owns does not hold for it
        await host.QueryAsync("CREATE TABLE hidden (a int)");
        await host.QueryAsync("INSERT INTO hidden VALUES (7)");
        await host.QueryAsync("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY");
        var name = await KeepAsync(await host.NewTokenAsync(TokenScope.Write), "SELECT a FROM hidden");

        (await host.QueryAsync($"SELECT * FROM qm.{name}", TokenScope.Query)).Status.ShouldBe(403);
        (await host.QueryAsync($"SELECT * FROM qm.{name}", TokenScope.Write)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_a_token_that_reads_computed_was_computed_with_its_rights()
    {
        using var client = new ClientSdk(host.Address, await host.NewTokenAsync(TokenScope.Query));

        foreach (var statement in new[] { "SELECT * FROM thanosql.token", "SELECT current_user, pg_sleep(0)", "SELECT * FROM pg_authid" })
            (await client.ExecuteAsync(statement)).GetProperty("error_result").GetString()!.ShouldContain("permission denied");
        var log = await client.ExecuteAsync("SELECT current_user::text AS who", "?max_results=1");
        log.GetProperty("records").GetProperty("data")[0].GetProperty("who").GetString()!.ShouldEndWith("_query");
    }

    [Fact]
    public async Task A_type_of_the_users_is_kept_as_text_so_that_none_of_its_code_runs()
    {
        await host.QueryAsync("CREATE TABLE row_type (a int)");
        var name = await KeepAsync(await host.NewTokenAsync(TokenScope.Query), "SELECT ROW(1)::row_type AS r");

        (await host.OwnerAsync<string>($"SELECT pg_typeof(r) || r FROM qm.{name}")).ShouldBe("text(1)");
    }

    [Fact]
    public async Task The_oldest_make_room_by_their_size()
    {
        var secret = await host.NewTokenAsync(TokenScope.Query);
        var others = await KeepAsync(await host.NewTokenAsync(TokenScope.Query), Large);

        var names = new[] { await KeepAsync(secret, Large), await KeepAsync(secret, Large), await KeepAsync(secret, Large) };

        (await ThereAsync([.. names, others])).ShouldBe([false, true, true, true]);
        (await host.OwnerAsync<long>("SELECT max(s)::bigint FROM (SELECT sum(bytes) AS s FROM thanosql.destination_table GROUP BY token_id) AS t"))
            .ShouldBeLessThanOrEqualTo(1_000_000);
    }

    [Fact]
    public async Task The_oldest_make_room_by_their_number()
    {
        var secret = await host.NewTokenAsync(TokenScope.Query);
        var names = new List<string>();
        for (var i = 0; i < 5; i++)
            names.Add(await KeepAsync(secret, "SELECT 1 AS a"));

        (await ThereAsync([.. names])).ShouldBe([false, false, true, true, true]);
    }

    [Fact]
    public async Task A_result_that_is_too_large_is_answered_and_not_kept()
    {
        using var client = new ClientSdk(host.Address, await host.NewTokenAsync(TokenScope.Query));

        var log = await client.ExecuteAsync("SELECT repeat('x', 1500) AS t FROM generate_series(1, 900)", "?max_results=1");

        log.GetProperty("total_records").GetInt32().ShouldBe(900);
        log.GetProperty("destination_table_name").ValueKind.ShouldBe(JsonValueKind.Null);
        log.GetProperty("messages")[0].GetString()!.ShouldContain("Query:Destination:Megabytes");
    }

    [Fact]
    public async Task A_name_in_schema_qm_is_its_tokens()
    {
        var secret = await host.NewTokenAsync(TokenScope.Query);
        using var client = new ClientSdk(host.Address, secret);
        using var other = new ClientSdk(host.Address, await host.NewTokenAsync(TokenScope.Admin));
        const string named = "?schema=qm&table_name=my \"own\"";

        await client.ExecuteAsync("SELECT 1 AS a", named);
        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.ExecuteAsync("SELECT 2 AS a", named))).Code.ShouldBe(409);
        (await Should.ThrowAsync<ClientSdk.Failure>(() => other.ExecuteAsync("SELECT 3 AS a", $"{named}&overwrite=True"))).Code.ShouldBe(409);
        await client.ExecuteAsync("SELECT 4 AS a", $"{named}&overwrite=True");

        (await host.OwnerAsync<int>("SELECT a FROM qm.\"my \"\"own\"\"\"")).ShouldBe(4);
    }

    [Fact]
    public async Task A_day_later_it_is_dropped_with_what_was_made_over_it()
    {
        var secret = await host.NewTokenAsync(TokenScope.Write);
        var name = await KeepAsync(secret, "SELECT 1 AS a");
        await host.QueryAsync($"CREATE VIEW over_kept AS SELECT * FROM qm.{name}");
        await host.OwnerAsync($"UPDATE thanosql.destination_table SET made_at = made_at - interval '23 hours' WHERE name = '{name}'");
        var tables = host.Services.GetRequiredService<DestinationTables>();

        await tables.DropOldAsync(TestContext.Current.CancellationToken);
        var before = await ThereAsync([name]);
        await host.OwnerAsync($"UPDATE thanosql.destination_table SET made_at = made_at - interval '1 hour' WHERE name = '{name}'");
        await tables.DropOldAsync(TestContext.Current.CancellationToken);

        before.ShouldBe([true]);
        (await ThereAsync([name])).ShouldBe([false]);
        (await host.OwnerAsync<bool>("SELECT to_regclass('public.over_kept') IS NULL")).ShouldBeTrue();
        (await host.OwnerAsync<bool>($"SELECT NOT EXISTS (SELECT FROM thanosql.destination_table WHERE name = '{name}')")).ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_is_being_read_is_dropped_the_next_time()
    {
        var name = await KeepAsync(await host.NewTokenAsync(TokenScope.Query), "SELECT 1 AS a");
        await host.OwnerAsync($"UPDATE thanosql.destination_table SET made_at = made_at - interval '25 hours' WHERE name = '{name}'");
        var tables = host.Services.GetRequiredService<DestinationTables>();
        await using (var reader = await host.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var read = new NpgsqlCommand($"SELECT * FROM qm.{name}", reader);
            await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await tables.DropOldAsync(TestContext.Current.CancellationToken);
            (await ThereAsync([name])).ShouldBe([true]);
        }

        await tables.DropOldAsync(TestContext.Current.CancellationToken);

        (await ThereAsync([name])).ShouldBe([false]);
    }

    [Fact]
    public async Task The_log_reaches_back_as_many_statements_as_it_may()
    {
        var secret = await host.NewTokenAsync(TokenScope.Query);
        using var client = new ClientSdk(host.Address, secret);
        for (var i = 0; i < 4; i++)
            await client.ExecuteAsync($"SELECT {i} AS a", "?keep_temp_table=False");
        var options = Options.Create(new DestinationOptions { LogStatements = 2 });

        await new QueryLedger(host.Owner, options, TimeProvider.System).ForgetAsync(TestContext.Current.CancellationToken);

        var log = await client.SendAsync(HttpMethod.Get, "query/log");
        log.GetProperty("query_logs").EnumerateArray().Select(entry => entry.GetProperty("query").GetString())
            .ShouldBe(["SELECT 3 AS a", "SELECT 2 AS a"]);
    }

    private async Task<string> KeepAsync(string secret, string statement)
    {
        using var client = new ClientSdk(host.Address, secret);
        var log = await client.ExecuteAsync(statement);
        return log.GetProperty("destination_table_name").GetString().ShouldNotBeNull(log.ToString());
    }

    private async Task<IReadOnlyList<bool>> ThereAsync(IReadOnlyList<string> names)
    {
        var there = new List<bool>();
        foreach (var name in names)
            there.Add(await host.OwnerAsync<bool>($"SELECT to_regclass('qm.{name}') IS NOT NULL"));
        return there;
    }
}
