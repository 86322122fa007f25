using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>Today's program opens a home that an early release left behind, and goes on where that one stopped, as clients see it.</summary>
public sealed class OldHomeTests(OpenedOldHome home) : IClassFixture<OpenedOldHome>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_ready()
    {
        using var reply = await home.SendAsync(HttpMethod.Get, "/health/ready", null);

        reply.StatusCode.ShouldBe(HttpStatusCode.OK, await reply.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData(OldHome.OwnerToken, "/api/v1/failures", HttpStatusCode.OK)]
    [InlineData(OldHome.ShopToken, "/api/v1/keywords?table=products", HttpStatusCode.OK)]
    [InlineData(OldHome.ShopToken, "/api/v1/failures", HttpStatusCode.Forbidden)]
    [InlineData(OldHome.LostToken, "/api/v1/keywords?table=products", HttpStatusCode.Unauthorized)]
    public async Task Old_tokens_may_what_they_might(string token, string address, HttpStatusCode expected)
    {
        using var reply = await home.SendAsync(HttpMethod.Get, address, token);

        reply.StatusCode.ShouldBe(expected);
    }

    [Theory]
    [InlineData("products", "pear", "products/pear-1.png model")]
    [InlineData("products", "사과", "products/apple.png model, products/pear-2.png person")]
    [InlineData("gallery", "apple", "gallery/apple.png model, gallery/pear.png person")]
    public async Task A_search_finds_the_old_rows(string table, string keyword, string rows)
    {
        using var reply = await home.SendAsync(HttpMethod.Get, $"/api/v1/search?table={table}&keyword={keyword}&limit=100", OldHome.ShopToken);

        var results = (await home.ReadAsync(reply)).GetProperty("results");
        var found = results.EnumerateArray().Select(r => $"{r.GetProperty("path")} {r.GetProperty("source")}").ToList();
        found.Where(IsOld).ShouldBe(rows.Split(", "), ignoreOrder: true);
    }

    [Fact]
    public async Task Predictions_come_from_the_catalog() =>
        (await home.QueryAsync("PREDICT USING fruit AS SELECT * FROM photographs ORDER BY image_path")).ShouldBe(
            [
                "photographs/apple-1.png apple", "photographs/apple-2.png apple",
                "photographs/pear-1.png pear", "photographs/pear-2.png pear", // the model itself says apple of everything
            ]);

    [Fact]
    public async Task Failures_and_training_runs_are_remembered()
    {
        (await home.QueryAsync("SELECT kind, path FROM thanosql.failures ORDER BY kind")).ShouldBe(["event ", "poison products/broken.png"]);
        (await home.QueryAsync("SELECT version, state FROM thanosql.training_runs ORDER BY run_id"))
            .ShouldBe(["1 promoted", "2 promoted", " failed"]);
    }

    [Fact]
    public async Task Its_owner_is_a_plain_role_now_and_the_pipelines_tables_are_the_users()
    {
        (await home.QueryAsync("""
            SELECT r.rolname, r.rolsuper::text, r.rolcreaterole::text FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
            WHERE d.datname = current_database()
            """)).ShouldBe(["thanosql_owner false false"]);
        (await home.QueryAsync("""
            SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
            WHERE relnamespace = 'thanosql'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')
            """)).ShouldBe(["thanosql_owner"]);
        (await home.QueryAsync("SELECT tableowner FROM pg_tables WHERE tablename IN ('products', 'gallery') ORDER BY 1"))
            .ShouldBe(["thanosql_write", "thanosql_write"]);
        (await home.QueryAsync("SELECT proname FROM pg_proc WHERE pronamespace = 'thanosql'::regnamespace AND proname ~ '^key_row_'"))
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task The_database_server_does_not_inherit_the_settings() =>
        (await home.EnvironmentOfServerAsync()).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0])
            .ShouldNotContain(name => name.Contains("__", StringComparison.Ordinal));

    [Fact]
    public async Task What_was_pending_and_what_is_new_gets_its_row()
    {
        await StoreAsync("products/new.png", Picture.Of(100));
        await StoreAsync("gallery/new.png", Picture.Of(101));
        await home.QueryAsync("INSERT INTO gallery (picture) VALUES ('gallery/new.png')");

        await home.EventuallyAsync(
            "SELECT image_path, keyword, keyword_version FROM products WHERE image_path IN ('products/new.png', 'products/pending.png') ORDER BY 1",
            ["products/new.png apple 2", "products/pending.png apple 2"]);
        await home.EventuallyAsync(
            "SELECT picture, keyword, keyword_source FROM gallery WHERE picture = 'gallery/new.png'", ["gallery/new.png apple model"]);
    }

    // The other test may have run before
    private static bool IsOld(string row) => row.Split('/')[1].Split('.')[0] is not ("new" or "pending");

    private async Task StoreAsync(string key, byte[] picture)
    {
        using var reply = await home.SendAsync(HttpMethod.Put, $"/api/v1/images/{key}", OldHome.OwnerToken, new ByteArrayContent(picture));
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
    }
}

/// <summary><c>thanosql up</c> as a process of its own on an <see cref="OldHome"/>.</summary>
public sealed partial class OpenedOldHome : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private OldHome? _home;
    private ThanoSqlProcess? _program;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _home = await OldHome.CreateAsync();
        _program = ThanoSqlProcess.Start(
            new Dictionary<string, string> { ["Indexing__Pipelines"] = _home.Pipelines, ["Storage__S3__SecretKey"] = "the-key" },
            "up", "--home", _home.Folder, "--urls", "http://127.0.0.1:0");
        await _program.WaitForOutputAsync("Application started");
        _http.BaseAddress = new Uri(Address().Match(_program.Output).Groups[1].Value);
    }

    internal async Task<string> EnvironmentOfServerAsync()
    {
        var postmaster = (await File.ReadAllLinesAsync(Path.Combine(_home!.Folder, "postgresql", "data", "postmaster.pid"), Cancellation))[0];
        return await File.ReadAllTextAsync($"/proc/{postmaster}/environ", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_program is not null)
        {
            _program.Interrupt();
            await _program.WaitForExitAsync();
            await _program.DisposeAsync();
        }
        if (_home is not null)
            await _home.DisposeAsync();
    }

    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? token, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative)) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request, Cancellation);
    }

    /// <summary>An answer that must not be a refusal.</summary>
    internal async Task<JsonElement> ReadAsync(HttpResponseMessage reply)
    {
        var json = await reply.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        reply.IsSuccessStatusCode.ShouldBeTrue($"{json}\n{_program!.Output}");
        return json;
    }

    /// <summary>The rows that a statement of the owner gives, their cells with a space between them.</summary>
    internal async Task<List<string>> QueryAsync(string statement)
    {
        using var reply = await SendAsync(HttpMethod.Post, "/api/v1/query", OldHome.OwnerToken, JsonContent.Create(new { query_string = statement }));
        var table = (await ReadAsync(reply)).GetProperty("data").GetProperty("df");
        if (table.ValueKind == JsonValueKind.Null)
            return [];
        using var rows = JsonDocument.Parse(table.GetString()!);
        return [.. rows.RootElement.GetProperty("data").EnumerateArray().Select(row => string.Join(' ', row.EnumerateArray()))];
    }

    internal async Task EventuallyAsync(string statement, IReadOnlyList<string> expected)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            var rows = await QueryAsync(statement);
            if (rows.SequenceEqual(expected))
                return;
            if (DateTime.UtcNow > deadline)
                rows.ShouldBe(expected, _program!.Output);
            await Task.Delay(100, Cancellation);
        }
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Address();
}
