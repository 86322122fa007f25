using System.Net;
using System.Text;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

public sealed class QueryApiTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Fact]
    public async Task A_request_without_a_valid_token_is_refused()
    {
        using var nobody = host.Client(null);
        using var response = await nobody.PostAsync(new Uri("/api/v1/query", UriKind.Relative), new StringContent("{}"));
        using var stranger = host.Client(null);
        stranger.DefaultRequestHeaders.Add("Authorization", "Bearer tsql_guess");
        using var guessed = await stranger.PostAsync(new Uri("/api/v1/query", UriKind.Relative), new StringContent("{}"));

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        guessed.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Each_scope_allows_its_statements_and_no_more()
    {
        (await host.QueryAsync("SELECT 1", TokenScope.Search)).Status.ShouldBe(403);
        (await host.QueryAsync("SELECT 1", TokenScope.Query)).Status.ShouldBe(200);
        (await host.QueryAsync("CREATE TABLE scoped (x int)", TokenScope.Query)).Status.ShouldBe(403);
        (await host.QueryAsync("CREATE TABLE scoped (x int)")).Status.ShouldBe(200);
        (await host.QueryAsync("INSERT INTO scoped VALUES (1)", TokenScope.Admin)).Status.ShouldBe(200);
        (await host.QueryAsync("SELECT * FROM scoped", TokenScope.Query)).Status.ShouldBe(200);
        (await host.QueryAsync("DROP TABLE scoped", TokenScope.Admin)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_data_frame_keeps_every_value_as_PostgreSQL_has_it()
    {
        var rows = await host.RowsAsync("""
            SELECT 1 AS i, 9007199254740993 AS big, 0.1::float8 AS f, 'NaN'::float8 AS nan, 12345678901234567890.123456789 AS n, true AS b,
                   NULL AS nothing,
                   '사과 "파이"' AS t, '{"a": [1, "나"]}'::jsonb AS j, '2026-01-02 03:04:05.678+09'::timestamptz AS at, '2026-01-02'::date AS d,
                   ARRAY['a,b', NULL, 'c"d'] AS ts, ARRAY[[1, 2], [3, 4]] AS m, '\x0102'::bytea AS raw, int4range(1, 5) AS r
            """);

        rows.GetProperty("columns").ToString().ShouldBe("""["i","big","f","nan","n","b","nothing","t","j","at","d","ts","m","raw","r"]""");
        rows.GetProperty("index").ToString().ShouldBe("[0]");
        rows.GetProperty("data").ToString().ShouldBe(
            """[[1,9007199254740993,0.1,null,"12345678901234567890.123456789",true,""" +
            """null,"사과 \"파이\"",{"a": [1, "나"]},"2026-01-01T18:04:05.678Z","2026-01-02",["a,b",null,"c\"d"],[[1,2],[3,4]],"AQI=","[1,5)"]]""");
    }

    [Fact]
    public async Task An_empty_result_still_has_its_columns()
    {
        var rows = await host.RowsAsync("SELECT 1 AS a, 'x' AS b WHERE false");

        rows.ToString().ShouldBe("""{"columns":["a","b"],"index":[],"data":[]}""");
    }

    [Fact]
    public async Task A_statement_without_rows_has_no_data_frame()
    {
        var (status, body) = await host.QueryAsync("CREATE TEMP TABLE nothing (x int)");

        status.ShouldBe(200);
        body.GetProperty("data").GetProperty("df").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task A_long_result_is_cut_with_a_message()
    {
        var (_, body) = await host.QueryAsync("SELECT * FROM generate_series(1, 100000) AS n");

        body.GetProperty("total_records").GetInt32().ShouldBe(1000);
        body.GetProperty("messages")[0].GetString()!.ShouldContain("1,000");
    }

    [Fact]
    public async Task A_cut_result_does_not_undo_what_the_statement_wrote()
    {
        await host.QueryAsync("CREATE TABLE many (n int)");

        var (status, body) = await host.QueryAsync("INSERT INTO many SELECT * FROM generate_series(1, 5000) RETURNING n");

        status.ShouldBe(200);
        body.GetProperty("affected_records").GetInt32().ShouldBe(5000);
        (await host.RowsAsync("SELECT count(*) FROM many")).GetProperty("data")[0][0].GetInt32().ShouldBe(5000);
    }

    [Fact]
    public async Task The_SDK_reads_records_and_takes_a_failure_as_an_answer()
    {
        var (_, log) = await host.QueryAsync(
            "SELECT n, '가' AS t FROM generate_series(1, 3) AS n", TokenScope.Query, "?schema=qm&max_results=2&keep_temp_table=True");
        log.GetProperty("records").ToString().ShouldBe("""{"data":[{"n":1,"t":"가"},{"n":2,"t":"가"}],"total":3}""");
        log.GetProperty("total_records").GetInt32().ShouldBe(3);
        log.GetProperty("query").GetString()!.ShouldStartWith("SELECT n");
        log.TryGetProperty("error", out _).ShouldBeFalse();

        var (status, failed) = await host.QueryAsync("SELECT * FROM nowhere", TokenScope.Query, "?max_results=2");
        status.ShouldBe(200);
        failed.GetProperty("error_result").GetString()!.ShouldContain("nowhere");
    }

    [Fact]
    public async Task An_error_tells_code_place_and_what_to_do()
    {
        var (status, body) = await host.QueryAsync("SELECT *\nFROM nowhere");

        status.ShouldBe(404);
        body.GetProperty("code").GetString().ShouldBe("42P01");
        body.GetProperty("position").GetProperty("line").GetInt32().ShouldBe(2);
        body.GetProperty("position").GetProperty("column").GetInt32().ShouldBe(6);
        body.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(404);
    }

    [Theory]
    [InlineData("SELECT * FROM no_where")]
    [InlineData("DROP TABLE nowhere_")]
    public async Task A_table_that_is_not_there_is_answered_with_the_nearest_name(string statement)
    {
        await host.QueryAsync("CREATE TABLE IF NOT EXISTS now_here (n int)");

        var (status, body) = await host.QueryAsync(statement);

        status.ShouldBe(404);
        body.GetProperty("hint").GetString().ShouldBe("Did you mean 'now_here'?");
    }

    [Theory]
    [InlineData("SELEC 1", 400)]
    [InlineData("", 400)]
    [InlineData("SELECT 1; SELECT 2", 400)]
    [InlineData("SELECT FROM WHERE", 400)]
    [InlineData("PREDICT USING nobody AS SELECT * FROM pg_class", 404)]
    [InlineData("CONVERT USING clip AS SELECT 1", 422)]
    [InlineData("SELECT 1/0", 400)]
    [InlineData("SELECT $1", 400)]
    public async Task A_wrong_statement_is_the_callers_fault(string statement, int expected)
    {
        var (status, body) = await host.QueryAsync(statement);

        status.ShouldBe(expected, body.ToString());
        body.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        body.GetProperty("code").GetString().ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{\"query\": \"SELECT 1\"}")]
    [InlineData("{\"query_string\": \"SELECT '\\u0000'\"}")]
    [InlineData("{\"query_string\": \"SELECT '\\ud800'\"}")]
    public async Task A_body_without_a_statement_is_refused(string text)
    {
        using var client = host.Client(TokenScope.Query);
        using var response = await client.PostAsync(
            new Uri("/api/v1/query/", UriKind.Relative), new StringContent(text, Encoding.UTF8, "application/x-www-form-urlencoded"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldContain("query_string");
    }

    [Fact]
    public async Task LIST_gives_rows()
    {
        (await host.RowsAsync("LIST TABLE", TokenScope.Query)).GetProperty("columns").ToString().ShouldBe("""["table_name"]""");
        (await host.RowsAsync("SELECT * FROM (LIST THANOSQL DATASET)", TokenScope.Query)).GetProperty("data").GetArrayLength().ShouldBe(1);
    }
}
