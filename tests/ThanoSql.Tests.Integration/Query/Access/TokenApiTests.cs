using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Access;

/// <summary>Tokens over HTTP.</summary>
public sealed class TokenApiTests(QueryHost host) : IClassFixture<QueryHost>
{
    private const string Restricted = """
        {"name": "shop/front page", "scope": "search", "tables": ["products"], "prefixes": ["./products/"], "origins": ["https://Shop.example/"],
         "per_minute": 600, "expires_at": "2999-01-01T00:00:00+09:00"}
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_made_listed_changed_and_revoked()
    {
        using var made = await SendAsync(HttpMethod.Post, "/api/v1/tokens", Restricted);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("secret").GetString()!;
        var token = await host.Services.GetRequiredService<TokenCatalog>().AuthenticateAsync(secret, Cancel);
        token!.Restrictions.Prefixes.ShouldBe(["products/"]);
        token.Restrictions.Origins.ShouldBe(["https://shop.example"]);

        (await ListedAsync("shop/front page")).GetProperty("per_minute").GetInt32().ShouldBe(600);
        (await ListedAsync("shop/front page")).GetProperty("scope").GetString().ShouldBe("search");
        (await ListedAsync("shop/front page")).ToString().ShouldNotContain(secret);

        const string change = """{"per_minute": null, "origins": ["http://localhost:3000"], "expires_at": null}""";
        using var changed = await SendAsync(HttpMethod.Patch, "/api/v1/tokens/shop/front%20page", change);
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
        var now = await changed.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        now.GetProperty("per_minute").ValueKind.ShouldBe(JsonValueKind.Null);
        now.GetProperty("origins").ToString().ShouldBe("""["http://localhost:3000"]""");
        now.GetProperty("tables").ToString().ShouldBe("""["products"]""");
        now.GetProperty("expires_at").ValueKind.ShouldBe(JsonValueKind.Null);

        foreach (var _ in new[] { "once", "twice" })
        {
            using var revoked = await SendAsync(HttpMethod.Delete, "/api/v1/tokens/shop/front%20page", "");
            revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }
        (await ListedAsync("shop/front page")).GetProperty("revoked_at").ValueKind.ShouldBe(JsonValueKind.String);
        using var late = await SendAsync(HttpMethod.Patch, "/api/v1/tokens/shop/front%20page", "{}");
        late.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.Services.GetRequiredService<AuditLedger>().ListAsync(1, 100, Cancel)).Where(e => e.Subject == "shop/front page")
            .Select(e => $"{e.Who}: {e.Action} {e.Change}").ShouldBe(
                [
                    "token admin: revoke scope search, tables products, prefixes products/, origins http://localhost:3000",
                    "token admin: change scope search, tables products, prefixes products/, origins http://localhost:3000",
                    "token admin: create scope search, tables products, prefixes products/, origins https://shop.example, 600 a minute, "
                    + "expires 2998-12-31 15:00",
                ]);
    }

    [Theory]
    [InlineData("", 400, "JSON")]
    [InlineData("[]", 400, "JSON")]
    [InlineData("""{"scope": "search"}""", 400, "'name'")]
    [InlineData("""{"name": "x"}""", 400, "'scope'")]
    [InlineData("""{"name": "", "scope": "search"}""", 400, "name")]
    [InlineData("""{"name": "admin", "scope": "search"}""", 400, "'admin' already")]
    [InlineData("""{"name": "x", "scope": "all"}""", 400, "'all'")]
    [InlineData("""{"name": "x", "scope": 1}""", 400, "'scope' is a text, not 1")]
    [InlineData("""{"name": "x", "scope": "query", "tables": ["products"]}""", 400, "'query'")]
    [InlineData("""{"name": "x", "scope": "search", "tables": "products"}""", 400, "'tables' is a list of texts")]
    [InlineData("""{"name": "x", "scope": "search", "tables": [null]}""", 400, "'tables' is a list of texts")]
    [InlineData("""{"name": "x", "scope": "search", "table": "products"}""", 400, "'table'")]
    [InlineData("""{"name": "x", "scope": "search", "prefixes": ["products"]}""", 400, "'products'")]
    [InlineData("""{"name": "x", "scope": "search", "origins": ["shop"]}""", 400, "'shop'")]
    [InlineData("""{"name": "x", "scope": "search", "per_minute": 0}""", 400, "'per_minute' is a whole number from 1 to 1000000, not 0")]
    [InlineData("""{"name": "x", "scope": "search", "per_minute": 1.5}""", 400, "not 1.5")]
    [InlineData("""{"name": "x", "scope": "search", "expires_at": "2020-01-01T00:00:00Z"}""", 400, "past")]
    [InlineData("""{"name": "x", "scope": "search", "expires_at": "soon"}""", 400, "soon")]
    [InlineData("""{"name": "x", "name": "y", "scope": "search"}""", 400, "twice")]
    public async Task A_wrong_token_is_refused_with_what_is_wrong(string body, int expected, string told)
    {
        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/tokens", body);

        ((int)answer.StatusCode).ShouldBe(expected);
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("message").GetString()!.ShouldContain(told);
    }

    [Theory]
    [InlineData("PATCH", "search", """{"scope": "admin"}""", 400)]
    [InlineData("PATCH", "query", """{"per_minute": 5}""", 400)]
    [InlineData("PATCH", "nobody", "{}", 404)]
    [InlineData("DELETE", "nobody", "", 404)]
    public async Task A_wrong_change_is_refused(string method, string name, string body, int expected)
    {
        using var answer = await SendAsync(new HttpMethod(method), $"/api/v1/tokens/{name}", body);

        ((int)answer.StatusCode).ShouldBe(expected);
    }

    private async Task<JsonElement> ListedAsync(string name)
    {
        using var client = host.Client(TokenScope.Admin);
        var list = await client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/tokens", UriKind.Relative), Cancel);
        return list.EnumerateArray().Single(token => token.GetProperty("name").GetString() == name);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, string body)
    {
        using var client = host.Client(TokenScope.Admin);
        using var request = new HttpRequestMessage(method, url) { Content = new StringContent(body) };
        return await client.SendAsync(request, Cancel);
    }
}
