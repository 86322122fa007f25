using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Access;

/// <summary>What clients see of the service's address, behind proxies that are believed and others.</summary>
public sealed class BorderTests(BorderTests.ProxiedShop host) : IClassFixture<BorderTests.ProxiedShop>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "/thano")] // the proxy took the path off
    [InlineData("/thano", "/thano")] // and one that left it there
    public async Task Every_address_that_is_handed_out_has_the_base_path(string left, string told)
    {
        using var client = host.Client(TokenScope.Search);
        var page = await client.GetFromJsonAsync<JsonElement>(new Uri($"{left}/api/v1/search?table=products&keyword=채소", UriKind.Relative), Cancel);
        var link = page.GetProperty("results")[0].GetProperty("image").GetProperty("url").GetString()!;
        var document = await client.GetFromJsonAsync<JsonElement>(new Uri($"{left}/openapi/v1.json", UriKind.Relative), Cancel);

        link.ShouldStartWith($"{told}/images/products/1.png?");
        document.GetProperty("servers")[0].GetProperty("url").GetString().ShouldBe($"{host.Address.GetLeftPart(UriPartial.Authority)}{told}");
        foreach (var url in new[] { link, link[told.Length..] })
        {
            using var shown = await client.GetAsync(new Uri(url, UriKind.Relative), Cancel);
            shown.StatusCode.ShouldBe(HttpStatusCode.OK, url);
        }
    }

    [Fact]
    public async Task A_proxy_that_is_known_says_scheme_host_and_path_and_nobody_else_does()
    {
        await using var stranger = await host.StartAsync(("Query:ForwardedFrom:0", "192.0.2.7"));
        foreach (var (address, expected) in new[]
        {
            (host.Address, "https://shop.example/index"),
            (new Uri(stranger.Urls.Single()), $"{stranger.Urls.Single()}/thano"),
        })
        {
            using var client = new HttpClient { BaseAddress = address };
            client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1, 127.0.0.1");
            client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
            client.DefaultRequestHeaders.Add("X-Forwarded-Host", "shop.example");
            client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", "/index");
            var document = await client.GetFromJsonAsync<JsonElement>(new Uri("/openapi/v1.json", UriKind.Relative), Cancel);
            document.GetProperty("servers")[0].GetProperty("url").GetString().ShouldBe(expected);
        }
    }

    [Fact]
    public async Task Whatever_answers_GET_answers_HEAD_and_every_answer_varies_by_origin()
    {
        using var client = host.Client(TokenScope.Admin);
        foreach (var path in new[]
        {
            "/", "/api/v1/search?table=products", "/api/v1/keywords?table=products", "/api/v1/labels", "/api/v1/failures", "/api/v1/audit",
            "/api/v1/tokens", "/openapi/v1.json", "/health/live", "/health/ready",
        })
        {
            using var get = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancel);

            head.StatusCode.ShouldBe(get.StatusCode, path);
            head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType, path);
            (await head.Content.ReadAsByteArrayAsync(Cancel)).ShouldBeEmpty(path);
            foreach (var answer in new[] { get, head })
                answer.Headers.Vary.ShouldContain("Origin", path);
        }
        var document = await client.GetFromJsonAsync<JsonElement>(new Uri("/openapi/v1.json", UriKind.Relative), Cancel);
        document.GetProperty("paths").ToString().ShouldNotContain("\"head\"");
    }

    [Theory]
    [InlineData("Query:BasePath", "thano")]
    [InlineData("Query:BasePath", "/thano/")]
    [InlineData("Query:BasePath", "/a b")]
    [InlineData("Query:ForwardedFrom:0", "nginx")]
    [InlineData("Query:Logins:Proxies:0", "127.0.0.1")]
    public async Task A_wrong_setting_is_told_at_the_start(string setting, string value)
    {
        var refused = await Should.ThrowAsync<OptionsValidationException>(host.StartAsync((setting, value)));

        refused.Message.ShouldContain(setting[..setting.LastIndexOf(':')]);
    }

    /// <summary>Under a path, behind a proxy on this machine.</summary>
    public sealed class ProxiedShop(RealServers servers) : ShopHost(servers)
    {
        protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
        {
            ["Query:BasePath"] = "/thano",
            ["Query:ForwardedFrom:0"] = "127.0.0.1",
        };
    }
}
