using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>What surrounds the statements: health, failures, the web page.</summary>
public sealed class ServiceTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Fact]
    public async Task Readiness_names_what_it_depends_on()
    {
        using var client = host.Client(null);

        var ready = await client.GetFromJsonAsync<JsonElement>("/health/ready");

        ready.GetProperty("status").GetString().ShouldBe("ok");
        ready.GetProperty("version").GetString()!.ShouldMatch(@"^\d+\.\d+\.\d+$");
        ready.GetProperty("checks").EnumerateObject().Select(c => c.Name).ShouldBe(["database", "store", "migrations"], ignoreOrder: true);
        (await client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_program_whose_database_is_a_step_ahead_is_ready_and_says_so()
    {
        using var client = host.Client(null);
        await host.OwnerAsync("INSERT INTO thanosql.migration (number, name) VALUES (9999, 'of_tomorrow')");
        try
        {
            var ready = await client.GetFromJsonAsync<JsonElement>("/health/ready");

            ready.GetProperty("status").GetString().ShouldBe("degraded");
            ready.GetProperty("checks").GetProperty("migrations").GetProperty("note").GetString()!.ShouldContain("9999 of_tomorrow");
            ready.GetProperty("checks").GetProperty("database").GetProperty("status").GetString().ShouldBe("ok");
        }
        finally
        {
            await host.OwnerAsync("DELETE FROM thanosql.migration WHERE number = 9999");
        }
    }

    [Fact]
    public async Task Failures_are_listed_retried_and_dismissed()
    {
        await host.OwnerAsync("""
            INSERT INTO thanosql.image (bucket, key, state, failure_kind, failure, attempts, first_failed_at, last_failed_at)
            VALUES ('workspace', 'bad/1.jpg', 'failed', 'poison', 'no picture', 1, now(), now()),
                ('workspace', 'bad/2.jpg', 'failed', 'poison', 'no picture', 1, now(), now())
            """);
        using var admin = host.Client(TokenScope.Admin);
        using var reader = host.Client(TokenScope.Query);

        var poison = await reader.GetFromJsonAsync<JsonElement>("/api/v1/failures?kind=poison");
        poison.EnumerateArray().Select(failure => failure.GetProperty("kind").GetString()).ShouldBe(["poison", "poison"]);
        (await reader.PostAsJsonAsync("/api/v1/failures/retry", new { })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await CountAsync(admin, "retry", new { path = "/home/jovyan/bad/1.jpg" })).ShouldBe(1);
        (await CountAsync(admin, "dismiss", new { kind = "poison" })).ShouldBe(1);
        (await admin.PostAsJsonAsync("/api/v1/failures/retry", new { kind = "poisson" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var action in new[] { "retry", "dismiss" })
        {
            (await admin.PostAsJsonAsync($"/api/v1/failures/{action}", new { pth = "bad/1.jpg" })).StatusCode
                .ShouldBe(HttpStatusCode.BadRequest, "a misspelt field selected all");
        }
        (await reader.GetFromJsonAsync<JsonElement>("/api/v1/failures")).GetArrayLength().ShouldBe(0);
        (await host.OwnerAsync<string>("SELECT state FROM thanosql.image WHERE key = 'bad/1.jpg'")).ShouldBe("pending");
    }

    [Theory]
    [InlineData("https://shop.example", true)]
    [InlineData("https://elsewhere.example", false)]
    public async Task Browsers_of_configured_origins_may_ask(string origin, bool allowed)
    {
        using var client = host.Client(TokenScope.Search);
        client.DefaultRequestHeaders.Add("Origin", origin);
        using var response = await client.GetAsync(new Uri("/health/live", UriKind.Relative));

        response.Headers.Contains("Access-Control-Allow-Origin").ShouldBe(allowed);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404, "openapi")]
    [InlineData("GET", "/api/v1/query", 405, "It takes POST")]
    [InlineData("GET", "/api/v1/keywords", 400, "table")]
    public async Task An_address_that_is_wrong_is_answered_with_a_problem(string method, string address, int status, string advice)
    {
        using var client = host.Client(TokenScope.Admin);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, UriKind.Relative));
        using var response = await client.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!.ShouldContain(advice);
    }

    private static async Task<int> CountAsync(HttpClient client, string action, object body)
    {
        using var response = await client.PostAsJsonAsync($"/api/v1/failures/{action}", body);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("count").GetInt32();
    }
}
