using System.Net;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>Statements as the SDK sends them.</summary>
public sealed class SdkQueryTests(QueryHost host) : IClassFixture<QueryHost>
{
    // Required by 1.0.9 and later, and the others that it names
    private static readonly string[] Fields =
    [
        "query_id", "statement_type", "start_time", "end_time", "query", "referer", "state", "destination_table_name", "destination_schema",
        "error_result", "created_at", "records", "total_records", "affected_records",
    ];

    [Theory]
    [InlineData(TokenScope.Query)]
    [InlineData(TokenScope.Write)]
    public async Task A_result_is_kept_as_a_table_that_its_token_reads(TokenScope scope)
    {
        using var client = await NewAsync(scope);

        var log = await client.ExecuteLaterAsync("SELECT n, '가' AS t FROM generate_series(1, 3) AS n");

        log.EnumerateObject().Select(field => field.Name).ShouldBe(Fields.Append("messages"), ignoreOrder: true);
        (log.GetProperty("query").ValueKind, log.GetProperty("referer").ValueKind).ShouldBe((JsonValueKind.String, JsonValueKind.String));
        log.GetProperty("statement_type").GetString().ShouldBe("SELECT");
        log.GetProperty("error_result").ValueKind.ShouldBe(JsonValueKind.Null);
        log.GetProperty("total_records").GetInt32().ShouldBe(3);
        log.GetProperty("destination_schema").GetString().ShouldBe("qm");
        log.GetProperty("records").GetRawText().ShouldBe("""{"data":[{"n":1,"t":"가"},{"n":2,"t":"가"},{"n":3,"t":"가"}],"total":3}""");
        var again = await client.ExecuteAsync($"SELECT sum(n) AS s FROM qm.{Table(log)}", "?max_results=1");
        again.GetProperty("records").GetProperty("data")[0].GetProperty("s").GetInt32().ShouldBe(6);
    }

    [Fact]
    public async Task An_older_SDK_is_known_by_its_body_and_sees_no_records_unless_it_asks()
    {
        using var client = await NewAsync(TokenScope.Query);

        var log = await client.ExecuteAsync("SELECT 1 AS a");

        log.GetProperty("destination_schema").GetString().ShouldBe("qm");
        log.GetProperty("records").ValueKind.ShouldBe(JsonValueKind.Null);
        log.TryGetProperty("data", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_request_that_says_nothing_of_the_SDK_is_answered_as_before()
    {
        foreach (var address in new[] { "/api/v1/query", "/api/v1/query/", "/api/v1/query?max_results=2&schema=qm" })
        {
            using var http = host.Client(TokenScope.Query);
            using var body = new StringContent("""{"query_string":"SELECT 1 AS a"}""");
            using var answer = await http.PostAsync(new Uri(address, UriKind.Relative), body);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            json.RootElement.GetProperty("data").GetProperty("df").GetString().ShouldNotBeNull();
            json.RootElement.GetProperty("destination_table_name").ValueKind.ShouldBe(JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task Every_statement_with_rows_is_kept_and_one_without_is_not()
    {
        using var client = await NewAsync(TokenScope.Write);

        var made = await client.ExecuteAsync("CREATE TABLE sdk_rows (n int)");
        var written = await client.ExecuteAsync("INSERT INTO sdk_rows VALUES (1), (2)");
        var returned = await client.ExecuteAsync("INSERT INTO sdk_rows VALUES (3) RETURNING n");
        var listed = await client.ExecuteAsync("LIST TABLE");
        var unkept = await client.ExecuteAsync("SELECT 1 AS a", "?keep_temp_table=False");

        (made.GetProperty("statement_type").GetString(), Table(made)).ShouldBe(("CREATE", null));
        (written.GetProperty("affected_records").GetInt32(), Table(written)).ShouldBe((2, null));
        (await host.OwnerAsync<int>($"SELECT n FROM qm.{Table(returned)}")).ShouldBe(3);
        (await host.OwnerAsync<bool>($"SELECT EXISTS (SELECT FROM qm.{Table(listed)} WHERE table_name = 'sdk_rows')")).ShouldBeTrue();
        Table(unkept).ShouldBeNull();
    }

    [Fact]
    public async Task The_table_keeps_types_and_every_value()
    {
        using var client = await NewAsync(TokenScope.Query);

        var log = await client.ExecuteLaterAsync("""
            SELECT 9007199254740993 AS big, 0.1::float8 AS f, 'NaN'::float8 AS nan, 12345678901234567890.123456789 AS n, true AS b, NULL AS nothing,
                   E'say "x", a\\b\n' AS t, '{"a": [1]}'::jsonb AS j, '2026-01-02 03:04:05.678+09'::timestamptz AS at, ARRAY[[1, 2]] AS m,
                   '\x0102'::bytea AS raw, '' AS empty, 'pg_class'::regclass AS named, 1 AS same, 2 AS same
            """);

        var kept = Table(log);
        (await host.OwnerAsync<string>($"SELECT row_to_json(whole)::text FROM qm.{kept} AS whole")).ShouldBe(
            """{"big":9007199254740993,"f":0.1,"nan":"NaN","n":12345678901234567890.123456789,"b":true,"nothing":null,""" +
            """ "t":"say \"x\", a\\b\n","j":{"a": [1]},"at":"2026-01-01T18:04:05.678+00:00","m":[[1,2]],""".TrimStart() +
            """ "raw":"\\x0102","empty":"","named":"pg_class","same":1,"same_1":2}""".TrimStart());
        (await host.OwnerAsync<string>($"""
            SELECT string_agg(atttypid::regtype::text, ',' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = 'qm.{kept}'::regclass AND attnum > 0
            """))
            .ShouldBe(
                "bigint,double precision,double precision,numeric,boolean,text,text,jsonb,timestamp with time zone,integer[],bytea,text,text,"
                + "integer,integer");
        log.GetProperty("records").GetProperty("data")[0].GetProperty("raw").GetString().ShouldBe("AQI=");
    }

    [Fact]
    public async Task A_named_result_lies_in_schema_public_and_stays_the_users()
    {
        using var client = await NewAsync(TokenScope.Write);

        var log = await client.ExecuteAsync("SELECT 1 AS a", "?table_name=sdk_named");
        var taken = await Should.ThrowAsync<ClientSdk.Failure>(() => client.ExecuteAsync("SELECT 2 AS a", "?table_name=sdk_named"));
        await client.ExecuteAsync("SELECT 3 AS b", "?table_name=sdk_named&overwrite=True");
        var dropped = await client.ExecuteAsync("DROP TABLE sdk_named");

        (log.GetProperty("destination_schema").GetString(), Table(log)).ShouldBe(("public", "sdk_named"));
        taken.Code.ShouldBe(409);
        dropped.GetProperty("error_result").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("?schema=nowhere&table_name=x", 404)]
    [InlineData("?schema=thanosql&table_name=token", 403)]
    [InlineData("?schema=pg_catalog&table_name=x&overwrite=True", 403)]
    [InlineData("?max_results=101", 400)]
    [InlineData("?max_results=-1", 400)]
    [InlineData("?overwrite=perhaps", 400)]
    [InlineData("?table_name=%00", 400)]
    public async Task A_destination_that_cannot_be_is_an_error_of_HTTP(string parameters, int code)
    {
        using var client = await NewAsync(TokenScope.Write);

        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.ExecuteAsync("SELECT 1 AS a", parameters))).Code.ShouldBe(code);
    }

    [Fact]
    public async Task A_token_that_only_reads_makes_no_table_of_schema_public()
    {
        using var client = await NewAsync(TokenScope.Query);

        foreach (var parameters in new[] { "?table_name=sdk_not_made", "?schema=public" })
            (await Should.ThrowAsync<ClientSdk.Failure>(() => client.ExecuteAsync("SELECT 1 AS a", parameters))).Code.ShouldBe(403);
        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.ExecuteAsync("CREATE TABLE sdk_not_made (n int)"))).Code.ShouldBe(403);
    }

    [Fact]
    public async Task A_failed_query_is_an_answer_and_leaves_no_table()
    {
        using var client = await NewAsync(TokenScope.Query);

        var log = await client.ExecuteAsync("SELECT * FROM nowhere", "?max_results=5");

        log.GetProperty("error_result").GetString()!.ShouldContain("nowhere");
        (log.GetProperty("total_records").GetInt32(), Table(log)).ShouldBe((0, null));
        log.GetProperty("records").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_result_that_was_cut_is_not_kept_under_a_name()
    {
        using var client = await NewAsync(TokenScope.Write);
        const string statement = "SELECT * FROM generate_series(1, 5000) AS n";

        (await client.ExecuteAsync(statement, "?table_name=sdk_cut")).GetProperty("error_result").GetString()!.ShouldContain("CREATE TABLE");
        var log = await client.ExecuteAsync(statement);

        log.GetProperty("messages")[0].GetString()!.ShouldContain("1,000");
        (await host.OwnerAsync<long>($"SELECT count(*) FROM qm.{Table(log)}")).ShouldBe(1000);
        (await host.OwnerAsync<bool>("SELECT to_regclass('public.sdk_cut') IS NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_a_valid_token_the_SDK_is_told_so_in_its_form()
    {
        using var client = new ClientSdk(host.Address, "tsql_nobody");

        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.ExecuteLaterAsync("SELECT 1"))).Message.ShouldContain("API");
        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.SendAsync(HttpMethod.Get, "query/log"))).Code.ShouldBe(401);
    }

    [Fact]
    public async Task A_tokens_log_is_its_own()
    {
        using var client = await NewAsync(TokenScope.Query);
        using var other = await NewAsync(TokenScope.Admin);
        await client.ExecuteAsync("SELECT 'logged' AS a");
        await client.ExecuteAsync("SELECT * FROM nowhere");

        var log = await client.SendAsync(HttpMethod.Get, "query/log");
        var found = await client.SendAsync(HttpMethod.Get, "query/log?search=LOGGED&offset=0&limit=10");

        log.GetProperty("total").GetInt32().ShouldBe(2);
        log.GetProperty("query_logs")[0].GetProperty("error_result").GetString()!.ShouldContain("nowhere");
        found.GetProperty("total").GetInt32().ShouldBe(1);
        found.GetProperty("query_logs")[0].GetProperty("query").GetString().ShouldBe("SELECT 'logged' AS a");
        (await other.SendAsync(HttpMethod.Get, "query/log")).GetProperty("total").GetInt32().ShouldBe(0);
        (await Should.ThrowAsync<ClientSdk.Failure>(() => client.SendAsync(HttpMethod.Get, "query/log?limit=-1"))).Code.ShouldBe(400);
    }

    [Fact]
    public async Task Its_addresses_are_not_in_the_description()
    {
        using var http = host.Client(null);
        var described = await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative));

        described.ShouldNotContain("/query/log");
        described.ShouldContain("\"/api/v1/query");
    }

    [Theory]
    [InlineData("""{"query_type":"thanosql"}""")]
    [InlineData("""{"query_string":"SELECT 1","template_id":1}""")]
    [InlineData("""{"template_id":1,"template_name":"a"}""")]
    [InlineData("""{"template_id":"1"}""")]
    [InlineData("""{"template_name":7}""")]
    [InlineData("""{"query_string":"SELECT 1","parameters":[1]}""")]
    [InlineData("""{"template_name":"\ud800"}""")]
    public async Task A_body_that_says_not_one_thing_is_refused_in_its_form(string text)
    {
        using var http = host.Client(TokenScope.Query);
        using var body = new StringContent(text);
        using var answer = await http.PostAsync(new Uri("/api/v1/query/", UriKind.Relative), body);

        (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType).ShouldBe((HttpStatusCode.BadRequest, "application/json"));
    }

    private async Task<ClientSdk> NewAsync(TokenScope scope) => new(host.Address, await host.NewTokenAsync(scope));

    private static string? Table(JsonElement log) => log.GetProperty("destination_table_name").GetString();
}
