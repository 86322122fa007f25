using System.Net;
using System.Net.Sockets;
using System.Text;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Limits;

/// <summary>What one statement may cost; each limit says which it is.</summary>
public sealed class StatementLimitTests(NarrowHost host) : IClassFixture<NarrowHost>
{
    public static TheoryData<string, string> TooMuchText => new()
    {
        { $"SELECT '{new string('x', 2_100_000)}'", "Query:Limits:StatementMegabytes" },
        { $"WITH {string.Join(", ", Enumerable.Range(0, 4000).Select(i => $"a{i} AS (SELECT 1)"))} SELECT 1", "Query:Limits:Words" },
        { $"SELECT 1 FROM pg_am a {string.Join(' ', Enumerable.Range(0, 101).Select(i => $"JOIN pg_am a{i} ON true"))}", "Query:Limits:Joins" },
        { $"SELECT 1 FROM pg_am a {string.Join(' ', Enumerable.Range(0, 26).Select(i => $"NATURAL FULL JOIN pg_am a{i}"))}", "Query:Limits:Joins" },
        { $"SELECT * FROM {string.Join(", ", Enumerable.Repeat("(PREDICT USING m AS SELECT 'a' AS image_path)", 65))}", "Query:Limits:Nested" },
        { $"COPY t FROM '[{{{string.Join(", ", Enumerable.Range(0, 1601).Select(i => $"\"k{i}\": 1"))}}}]'", "1,600 columns" },
        { $"COPY t FROM '[{string.Join(", ", Enumerable.Range(0, 40).Select(i => $"{{\"k{i}\": 1}}"))}]'", "Query:Limits:CopyValues" },
    };

    [Theory]
    [MemberData(nameof(TooMuchText))]
    public async Task A_statement_that_asks_for_too_much_is_refused_before_it_runs(string statement, string limit)
    {
        var (status, body) = await host.QueryAsync(statement);

        status.ShouldBe(413, body.ToString());
        body.GetProperty("detail").GetString()!.ShouldContain(limit);
    }

    [Fact]
    public async Task Records_of_a_COPY_are_not_counted_as_its_text()
    {
        var (status, body) = await host.QueryAsync($$"""COPY long OPTIONS (if_exists='replace') FROM '[{"t":"{{new string('x', 3_000_000)}}"}]'""");

        status.ShouldBe(200, body.ToString());
    }

    [Fact]
    public async Task A_session_that_takes_too_much_memory_is_stopped()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "the kernel does not tell");
        var (status, body) = await host.QueryAsync(
            "SELECT array_length(array_agg(repeat('x', 1000) || n), 1) FROM generate_series(1, 10000000) n", TokenScope.Query);

        status.ShouldBe(400, body.ToString());
        body.GetProperty("code").GetString().ShouldBe("resource_limit");
        body.GetProperty("detail").GetString()!.ShouldContain("Database:Users:BackendMegabytes");
    }

    [Fact]
    public async Task Memory_that_a_statement_allows_itself_is_watched_all_the_same()
    {
        var (status, body) = await host.QueryAsync("""
            WITH more AS MATERIALIZED (SELECT set_config('work_mem', '2000000', false))
            SELECT count(DISTINCT repeat('x', 1000) || n) FROM more, generate_series(1, 10000000) n
            """, TokenScope.Query);

        (status, body.GetProperty("code").GetString()).ShouldBe((400, "resource_limit"), body.ToString());
    }

    [Fact]
    public async Task A_session_that_keeps_too_much_in_temporary_tables_is_stopped()
    {
        await host.ServeModelAsync("keeping");

        var (status, body) = await host.QueryAsync(
            "PREDICT USING keeping AS SELECT repeat('x', 1000) || a.oid AS image_path FROM pg_proc a, pg_proc b, pg_proc c", TokenScope.Query);

        status.ShouldBe(400, body.ToString());
        body.GetProperty("detail").GetString()!.ShouldContain("Database:Users:TempTableMegabytes");
    }

    [Theory]
    [InlineData("SELECT repeat('x', 1000) AS t INTO TEMP kept FROM generate_series(1, 10)")]
    [InlineData("SELECT 1 AS t INTO pg_temp.kept")]
    [InlineData("WITH one AS (SELECT set_config('transaction_read_only', 'off', false)) SELECT * INTO TEMP kept FROM one")]
    public async Task A_token_that_only_reads_keeps_nothing_at_all(string statement) =>
        (await host.QueryAsync(statement, TokenScope.Query)).Status.ShouldBeOneOf(400, 403);

    [Fact]
    public async Task A_source_cannot_make_the_statement_around_it_one_that_writes()
    {
        await host.ServeModelAsync("reading");

        var (status, body) = await host.QueryAsync(
            """
            SELECT * INTO TEMP kept FROM
            (PREDICT USING reading AS SELECT set_config('default_transaction_read_only', 'off', false) AS image_path) a
            """,
            TokenScope.Query);

        status.ShouldBe(403, body.ToString());
    }

    [Fact]
    public async Task A_result_is_measured_as_it_is_sent()
    {
        var whole = await host.QueryAsync("SELECT repeat(chr(1), 250000) AS x", TokenScope.Query); // seven bytes each
        var cut = await host.QueryAsync("SELECT repeat(chr(1), 500000) AS x", TokenScope.Query);

        whole.Body.GetProperty("total_records").GetInt32().ShouldBe(1);
        (cut.Status, cut.Body.GetProperty("total_records").GetInt32()).ShouldBe((200, 0));
        cut.Body.GetProperty("messages")[0].GetString()!.ShouldContain("Query:Limits:Megabytes");
    }

    [Fact]
    public async Task A_deep_body_is_refused()
    {
        using var client = host.Client(TokenScope.Query);
        using var body = new StringContent($"{{\"query_string\": {new string('[', 100_000)}");
        using var answer = await client.PostAsync(new Uri("/api/v1/query", UriKind.Relative), body);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("7FFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("7FFFFFFF")]
    [InlineData("80000000")]
    [InlineData("-1")]
    public async Task A_chunk_of_an_impossible_size_is_the_callers_fault(string size)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await using var stream = socket.GetStream();
        var request = $"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.Secret(TokenScope.Query)}\r\n"
            + $"Transfer-Encoding: chunked\r\n\r\n{size}\r\n{{\"query_string\": \"SELECT 1\"}}\r\n0\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);

        (await reader.ReadLineAsync())!.ShouldMatch("^HTTP/1.1 4(00|08|13) ");
    }
}
