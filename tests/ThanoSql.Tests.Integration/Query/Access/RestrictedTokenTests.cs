using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Integration.Query.Access;

/// <summary>What a token that a shop's pages carry may do: search its tables, see its pictures, from its pages, so often.</summary>
public sealed class RestrictedTokenTests(ShopHost host) : IClassFixture<ShopHost>
{
    private const string Search = "/api/v1/search?table=products&keyword=과일&limit=100";
    private const string Page = "https://shop.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_searches_its_tables_alone()
    {
        using var client = await host.RestrictedAsync(new TokenRestrictions(["products"], [], [], null));

        (await PathsAsync(client, Search)).Count.ShouldBe(40);
        foreach (var other in new[] { "search?table=shoes", "search?table=nowhere", "keywords?table=shoes" })
        {
            using var refused = await client.GetAsync(new Uri($"/api/v1/{other}", UriKind.Relative), Cancel);
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden, other);
            (await refused.Content.ReadAsStringAsync(Cancel)).ShouldContain("It searches products");
        }
    }

    [Theory]
    [InlineData("keyword=과일")]
    [InlineData("keyword=과일&keyword=채소&sort=-price")]
    [InlineData("sort=price&price.gte=0")]
    [InlineData("")]
    public async Task It_finds_the_pictures_under_its_prefixes_on_every_page(string query)
    {
        using var client = await host.RestrictedAsync(new TokenRestrictions([], ["products/summer/"], [], null));
        var found = new List<string>();
        string? after = null;
        do
        {
            using var page = await GetAsync(client, $"/api/v1/search?table=products&{query}&limit=7{(after is null ? "" : $"&after={after}")}");
            found.AddRange(page.RootElement.GetProperty("results").EnumerateArray().Select(hit => hit.GetProperty("path").GetString()!));
            after = page.RootElement.GetProperty("next").GetString();
        }
        while (after is not null);

        found.ShouldNotBeEmpty();
        found.ShouldBeUnique();
        found.Count(path => path.EndsWith("products/summer/1.png", StringComparison.Ordinal)).ShouldBe(4); // in each spelling
        found.ShouldAllBe(path => path.Contains("products/summer/", StringComparison.Ordinal));
        using var keywords = await GetAsync(client, "/api/v1/keywords?table=products");
        keywords.RootElement.GetProperty("keywords")[0].GetProperty("count").GetInt32().ShouldBe(22);
    }

    [Fact]
    public async Task Whatever_is_counted_lies_under_its_prefixes_too()
    {
        using var client = await host.RestrictedAsync(new TokenRestrictions([], ["products/summer/"], [], null));

        foreach (var total in new[] { "exact", "estimate" })
        {
            using var page = await GetAsync(client, $"/api/v1/search?table=products&total={total}&facets=keyword");
            page.RootElement.GetProperty("total").GetProperty("value").GetInt64().ShouldBe(22, total);
            page.RootElement.GetProperty("facets").GetProperty("keyword").ToString().ShouldBe("""[{"value":"과일","count":22}]""", total);
        }
        using var words = await GetAsync(client, "/api/v1/keywords?table=products&prefix=과");
        words.RootElement.GetProperty("keywords")[0].GetProperty("count").GetInt64().ShouldBe(22);
    }

    [Fact]
    public async Task A_cursor_of_another_token_leads_to_no_further_pictures()
    {
        using var all = host.Client(TokenScope.Search);
        using var page = await GetAsync(all, "/api/v1/search?table=products&keyword=과일&limit=3");
        using var client = await host.RestrictedAsync(new TokenRestrictions([], ["products/summer/"], [], null));

        using var answer = await client.GetAsync(
            new Uri($"/api/v1/search?table=products&keyword=과일&limit=3&after={page.RootElement.GetProperty("next")}", UriKind.Relative), Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(null, "pages_keyword")]
    [InlineData("price", "pages_price")]
    public async Task Its_prefixes_leave_the_scan_in_order(string? sort, string index)
    {
        await host.OwnerAsync("""
            CREATE TABLE IF NOT EXISTS public.pages AS SELECT 'p/' || n AS image_path, '과일'::text AS keyword,
                (n % 997 / 997.0)::real AS keyword_score, n % 991 AS price, 1 AS keyword_version, 'model'::text AS keyword_source
                FROM generate_series(1, 20000) AS n;
            CREATE INDEX IF NOT EXISTS pages_keyword ON public.pages (keyword, keyword_score DESC);
            CREATE INDEX IF NOT EXISTS pages_price ON public.pages (keyword, price, image_path); ANALYZE public.pages
            """);
        var definition = PipelineFile.Parse("{ name: pages, table: pages, prefix: p/, model: { name: groups } }", "p.yaml", "workspace");
        var columns = new Dictionary<string, SearchColumn> { ["keyword_score"] = new("real"), ["price"] = new("integer") };
        var request = new SearchRequest("pages", ["과일"], 0, [], sort, true, 20, 240, null) { Paths = ["p/", "./p/", "s3://workspace/p/"] };
        await using var connection = await host.Owner.OpenConnectionAsync(Cancel);
        await using var command = SearchSql.Command(connection, new SearchTarget(definition, columns, ["과일"]), request, ["과일"], null);
        command.CommandText = "EXPLAIN " + command.CommandText;
        var plan = new StringBuilder();
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        while (await reader.ReadAsync(Cancel))
            plan.AppendLine(reader.GetString(0));

        plan.ToString().ShouldContain(index);
        plan.ToString().ShouldNotContain("Seq Scan");
    }

    [Fact]
    public async Task A_link_shows_what_its_token_may_see_by_now()
    {
        var (client, name) = await host.NamedAsync(new TokenRestrictions([], ["products/"], [], null));
        using var page = await GetAsync(client, "/api/v1/search?table=products&keyword=채소");
        var link = page.RootElement.GetProperty("results").EnumerateArray()
            .Single(hit => hit.GetProperty("path").GetString() == "products/1.png").GetProperty("image").GetProperty("url").GetString()!;
        using var anybody = host.Client(null);
        (await StatusAsync(anybody, link)).ShouldBe(200);

        await host.ChangeAsync(name, token => token with { Restrictions = token.Restrictions with { Prefixes = ["products/summer/"] } });

        await host.EventuallyAsync(async () => await StatusAsync(anybody, link) == 403);
    }

    [Fact]
    public async Task It_is_for_its_pages_alone()
    {
        using var client = await host.RestrictedAsync(new TokenRestrictions([], [], [Page, "http://localhost:3000"], null));

        foreach (var (header, value, expected) in new (string, string?, int)[]
        {
            ("Origin", Page, 200), ("Origin", "http://localhost:3000", 200), ("Referer", $"{Page}/fruit?x=1", 200),
            ("Origin", "https://evil.example", 403), ("Origin", "https://shop.example.evil.example", 403), ("Origin", "null", 403),
            ("Origin", "http://shop.example", 403), ("Referer", "https://evil.example/https://shop.example", 403), ("Referer", "shop", 403),
            ("X-Nothing", "x", 403),
        })
        {
            using var answer = await SendAsync(client, HttpMethod.Get, Search, header, value!);
            ((int)answer.StatusCode).ShouldBe(expected, $"{header}: {value}");
            answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed);
            allowed.ShouldBe(expected == 200 && header == "Origin" ? [value!] : null, $"{header}: {value}");
            if (expected == 403)
                (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain(Page);
            else
                answer.Headers.Vary.ShouldBe(["Origin"]);
        }
    }

    [Fact]
    public async Task A_preflight_is_let_through_for_pages_that_some_token_names_and_for_reading_alone()
    {
        using var nobody = host.Client(null);
        (await PreflightAsync(nobody, "https://late.example", "GET")).ShouldBeNull();
        var (client, name) = await host.NamedAsync(new TokenRestrictions([], [], ["https://late.example"], null));
        using var _ = client;

        await host.EventuallyAsync(async () => await PreflightAsync(nobody, "https://late.example", "GET") == "https://late.example GET,HEAD");
        (await PreflightAsync(nobody, Page, "PUT")).ShouldBe($"{Page} PUT"); // of Query:Cors:Origins

        await host.Services.GetRequiredService<TokenCatalog>().RevokeAsync(name, Cancel);
        await host.EventuallyAsync(async () => await PreflightAsync(nobody, "https://late.example", "GET") is null);
    }

    [Fact]
    public async Task A_picture_is_read_by_scripts_of_its_token_s_pages()
    {
        using var client = await host.RestrictedAsync(new TokenRestrictions([], [], ["https://own.example"], null));
        using var search = await SendAsync(client, HttpMethod.Get, Search, "Origin", "https://own.example");
        using var page = await JsonDocument.ParseAsync(await search.Content.ReadAsStreamAsync(Cancel), default, Cancel);
        var link = page.RootElement.GetProperty("results").EnumerateArray()
            .Single(hit => hit.GetProperty("path").GetString() == "products/summer/1.png").GetProperty("image").GetProperty("url").GetString()!;
        using var browser = host.Client(null);

        using var image = await browser.GetAsync(new Uri(link, UriKind.Relative), Cancel); // an <img>
        image.StatusCode.ShouldBe(HttpStatusCode.OK);
        image.Headers.Vary.ShouldBe(["Origin"]);
        using var own = await SendAsync(browser, HttpMethod.Get, link, "Origin", "https://own.example");
        own.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["https://own.example"]);
        own.Headers.Vary.ShouldBe(["Origin"]);
        using var foreign = await SendAsync(browser, HttpMethod.Get, link, "Origin", "https://evil.example");
        foreign.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        foreign.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Fact]
    public async Task Over_its_rate_it_is_told_when_to_come_again()
    {
        var (client, name) = await host.NamedAsync(new TokenRestrictions([], [], [], 3));

        for (var left = 2; left >= 0; left--)
        {
            using var answer = await SendAsync(client, HttpMethod.Get, Search, "Origin", Page);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Headers.GetValues("RateLimit-Policy").ShouldBe(["\"minute\";q=3;w=60"]);
            answer.Headers.GetValues("RateLimit").Single().ShouldStartWith($"\"minute\";r={left};t=");
            answer.Headers.GetValues("Access-Control-Expose-Headers").Single().ShouldContain("RateLimit");
        }
        using var refused = await SendAsync(client, HttpMethod.Get, Search, "Origin", Page);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.GetValues("RateLimit").Single().ShouldStartWith("\"minute\";r=0;t=");
        var wait = refused.Headers.RetryAfter!.Delta!.Value;
        wait.ShouldBeInRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));
        refused.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Page]); // a script may read it
        (await refused.Content.ReadAsStringAsync(Cancel)).ShouldContain("rate_limited");

        await host.ChangeAsync(name, token => token with { Restrictions = token.Restrictions with { PerMinute = 1000 } });
        await host.EventuallyAsync(async () => await StatusAsync(client, Search) == 200);
    }

    [Fact]
    public async Task A_change_counts_on_every_node()
    {
        await using var other = await host.StartAsync();
        var (client, name) = await host.NamedAsync(new TokenRestrictions(["shoes"], [], [], null));
        using var there = new HttpClient { BaseAddress = new Uri(other.Urls.Single()) };
        there.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
        (await StatusAsync(client, Search)).ShouldBe(403);
        (await StatusAsync(there, Search)).ShouldBe(403);

        await host.ChangeAsync(name, token => token with { Restrictions = token.Restrictions with { Tables = ["products"] } });

        foreach (var node in new[] { client, there })
            await host.EventuallyAsync(async () => await StatusAsync(node, Search) == 200);
    }

    private static async Task<string?> PreflightAsync(HttpClient client, string origin, string method)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, Search);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", "authorization");
        using var answer = await client.SendAsync(request, Cancel);
        return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed)
            ? $"{allowed.Single()} {string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Methods"))}"
            : null;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string url, string header, string value)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.TryAddWithoutValidation(header, value);
        return await client.SendAsync(request, Cancel);
    }

    private static async Task<int> StatusAsync(HttpClient client, string url)
    {
        using var answer = await client.GetAsync(new Uri(url, UriKind.Relative), Cancel);
        return (int)answer.StatusCode;
    }

    private static async Task<List<string>> PathsAsync(HttpClient client, string url)
    {
        using var page = await GetAsync(client, url);
        return [.. page.RootElement.GetProperty("results").EnumerateArray().Select(hit => hit.GetProperty("path").GetString()!)];
    }

    private static async Task<JsonDocument> GetAsync(HttpClient client, string url) =>
        (await client.GetFromJsonAsync<JsonDocument>(new Uri(url, UriKind.Relative), Cancel))!;
}
