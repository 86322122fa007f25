using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Access;
using ThanoSql.Query.Images;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>Requests and frames, each as each scope.</summary>
public sealed class HttpEscapeTests(EscapeHost host, ITestOutputHelper output) : IClassFixture<EscapeHost>
{
    private static readonly ILookup<string, HttpAttempt> ByKind = HttpAttempts.All.ToLookup(a => a.Kind);

    // Of each endpoint: the least scope that gets in. A new one must be written down here.
    private static readonly Dictionary<string, TokenScope> Endpoints = new(SdkAddresses.Least)
    {
        ["POST /api/v1/query"] = TokenScope.Search,
        ["GET /api/v1/search"] = TokenScope.Search,
        ["GET /api/v1/keywords"] = TokenScope.Search,
        ["GET /api/v1/similar"] = TokenScope.Search,
        ["POST /api/v1/similar"] = TokenScope.Search,
        ["GET /api/v1/duplicates"] = TokenScope.Search,
        ["PUT /api/v1/images/x.jpg"] = TokenScope.Write,
        ["GET /api/v1/images/x.jpg"] = TokenScope.Query,
        ["DELETE /api/v1/images/x.jpg"] = TokenScope.Write,
        ["GET /api/v1/images"] = TokenScope.Query,
        ["POST /api/v1/images"] = TokenScope.Write,
        ["PUT /api/v1/labels/x.jpg"] = TokenScope.Write,
        ["GET /api/v1/labels/x.jpg"] = TokenScope.Query,
        ["PUT /api/v1/labels"] = TokenScope.Write,
        ["POST /api/v1/labels/rename"] = TokenScope.Write,
        ["GET /api/v1/labels"] = TokenScope.Query,
        ["GET /api/v1/webhooks"] = TokenScope.Admin,
        ["POST /api/v1/webhooks"] = TokenScope.Admin,
        ["DELETE /api/v1/webhooks/1"] = TokenScope.Admin,
        ["POST /api/v1/webhooks/1/test"] = TokenScope.Admin,
        ["GET /api/v1/webhooks/dead"] = TokenScope.Admin,
        ["POST /api/v1/webhooks/replay"] = TokenScope.Admin,
        ["GET /api/v1/failures"] = TokenScope.Query,
        ["POST /api/v1/failures/retry"] = TokenScope.Admin,
        ["POST /api/v1/failures/dismiss"] = TokenScope.Admin,
        ["GET /api/v1/audit"] = TokenScope.Admin,
        ["POST /api/v1/events"] = TokenScope.Write,
        ["POST /api/v1/models/x/train"] = TokenScope.Write,
        ["GET /api/v1/runs/1"] = TokenScope.Query,
        ["GET /ws/v1/query"] = TokenScope.Search,
        ["GET /v3/ws/v1/query"] = TokenScope.Query,
        ["POST /api/v1/links"] = TokenScope.Query,
        ["POST /api/v1/logins"] = TokenScope.Query,
        ["DELETE /api/v1/logins"] = TokenScope.Query,
        ["GET /api/v1/tokens"] = TokenScope.Admin,
        ["POST /api/v1/tokens"] = TokenScope.Admin,
        ["PATCH /api/v1/tokens/x"] = TokenScope.Admin,
        ["DELETE /api/v1/tokens/x"] = TokenScope.Admin,
    };

    private static readonly string[] Open = ["/images/{**path}", "/openapi/{documentName}.json", "/health/live", "/health/ready", "/metrics"];

    public static TheoryData<string> Kinds => [.. ByKind.Select(kind => kind.Key)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_request_gets_further_than_its_token_allows(string kind)
    {
        var through = new List<string>();
        var clock = Stopwatch.StartNew();
        foreach (var attempt in ByKind[kind])
        {
            foreach (var scope in EscapeHost.Scopes.Where(s => s <= attempt.UpTo))
            {
                var (status, answer) = await RawHttp.SendAsync(host.Address, attempt.Head(host.Secret(scope)), Encoding.UTF8.GetBytes(attempt.Body));
                if (host.SecretIn(answer) is { } secret)
                    through.Add($"{scope}: {attempt}\n    the answer holds the secret {secret}");
                var closed = kind == "framing" && status is (0 or 505); // no HTTP, or none that is spoken here
                if (!closed && status is not (>= 400 and < 500) && !(attempt.Idle && status is >= 200 and < 300))
                    through.Add($"{scope}: {attempt}\n    answered {status}: {answer[..Math.Min(answer.Length, 400)]}");
            }
            if (await host.ChangesAsync() is { Count: > 0 } changes)
                through.Add($"{attempt}\n    changed {string.Join("; ", changes)}");
        }

        output.WriteLine($"{kind}: {ByKind[kind].Count()} attempts, each as {EscapeHost.Scopes.Count} scopes, {clock.Elapsed.TotalSeconds:F1} s");
        through.ShouldBeEmpty(string.Join("\n", through));
    }

    [Fact]
    public async Task Every_endpoint_refuses_whoever_has_no_token_or_too_small_a_scope()
    {
        foreach (var (line, least) in Endpoints)
        {
            foreach (var scope in EscapeHost.Scopes.Where(s => s < least))
                (await SendAsync(line, host.Secret(scope))).Status.ShouldBe(403, $"{line} as {scope}");
            (await SendAsync(line, "x")).Status.ShouldBe(401, line);
            (await RawHttp.SendAsync(host.Address, $"{line} HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 0", [])).Status.ShouldBe(
                401, line);
        }
        (await host.ChangesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_restricted_token_gets_to_searches_alone()
    {
        var restrictions = new TokenRestrictions(["products"], ["none/"], [], null);
        var (_, secret) = await host.Services.GetRequiredService<TokenCatalog>().CreateAsync(
            new NewToken("restricted", TokenScope.Search, null, restrictions), "test", TestContext.Current.CancellationToken);
        await host.KeepAsync();
        foreach (var line in Endpoints.Keys.Where(line => line.Split('/')[^1] is not ("search" or "keywords" or "similar" or "duplicates")))
            (await SendAsync(line, secret)).Status.ShouldBe(403, line);
        foreach (var query in HttpAttempts.All.Where(a => a.Kind == "search" && !a.Idle))
        {
            var (status, _) = await RawHttp.SendAsync(host.Address, query.Head(secret), []);
            status.ShouldBeInRange(400, 499, query.Line);
        }
        foreach (var reached in new[] { "search?table=products", "search?table=products&sort=-price&price.gte=0", "keywords?table=products" })
        {
            var (status, answer) = await SendAsync($"GET /api/v1/{reached}", secret);
            status.ShouldBe(200, reached);
            answer.ShouldNotContain("products/1.png", customMessage: reached);
        }
        (await host.ChangesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public void Every_place_of_the_page_asks_who_is_there_but_for_signing_in()
    {
        var places = host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<PageEndpoint>() is not null).ToList();

        places.Count.ShouldBeGreaterThan(7);
        places.Where(place => place.Metadata.GetMetadata<IAllowAnonymous>() is not null || place.Metadata.GetMetadata<IAuthorizeData>() is null)
            .Select(place => place.RoutePattern.RawText!.Trim('/')).Distinct().ShouldBe(["sign-in", "not-found", "sign-out"], ignoreOrder: true);
    }

    [Fact]
    public async Task Every_endpoint_is_known_here()
    {
        var known = Endpoints.Keys.Select(line => line.Split(' ')[1].Replace("/x.jpg", "/{**path}", StringComparison.Ordinal)).Concat(Open).ToList();
        foreach (var source in host.Services.GetServices<EndpointDataSource>())
        {
            foreach (var endpoint in source.Endpoints.OfType<RouteEndpoint>().Where(endpoint => !IsOfThePage(endpoint)))
            {
                var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{name}", "x", StringComparison.Ordinal)
                    .Replace("{**name}", "x", StringComparison.Ordinal)
                    .Replace("{id}", "1", StringComparison.Ordinal).Replace("{run_id}", "1", StringComparison.Ordinal);
                if (!pattern.StartsWith("/docs/", StringComparison.Ordinal)) // the page over the document, and its scripts
                    known.ShouldContain(pattern, "an endpoint whose scope nobody wrote down");
            }
        }
        using var document = JsonDocument.Parse(await host.Client(TokenScope.Search).GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
        document.RootElement.GetProperty("paths").EnumerateObject().Count().ShouldBeGreaterThan(8);
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            var pattern = path.Name.TrimEnd('/').Replace("{path}", "{**path}", StringComparison.Ordinal)
                .Replace("{name}", "x", StringComparison.Ordinal).Replace("{id}", "1", StringComparison.Ordinal)
                .Replace("{run_id}", "1", StringComparison.Ordinal);
            known.ShouldContain(pattern);
        }
    }

    [Fact]
    public async Task A_link_that_was_changed_or_has_ended_shows_nothing()
    {
        var signer = host.Services.GetRequiredService<LinkSigner>();
        var token = await host.ScalarAsync<int>("SELECT token_id FROM thanosql.token WHERE name = 'search'");
        var soon = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600;
        async Task<string> SignAsync(string key, int width, long expires, string purpose = "image", string bucket = "workspace", int? by = null) =>
            await signer.SignAsync(purpose, $"{bucket}\n{key}\n{width}\n{by ?? token}\n{expires}", TestContext.Current.CancellationToken);
        var right = await SignAsync("products/1.png", 240, soon);
        string Link(string signature, string key = "products/1.png", string width = "240", string? expires = null, string rest = "",
            object? by = null) =>
            $"/images/{key}?width={width}&for={by ?? token}&expires={expires ?? $"{soon}"}&signature={signature}{rest}";
        (await GetAsync(Link(right))).Status.ShouldBe(200);
        string[] links =
        [
            Link(""), Link(right[..^1]), Link(right + "A"), Link(right.ToUpperInvariant()), Link(new string('A', 43)), Link("%00"), Link(right,
                "products/2.png"),
            Link(right, "products%2F..%2Fproducts%2F1.png"), Link(right, "linkfolder/secret.jpg"), Link(right, width: "241"), Link(right,
                width: "0240.0"),
            Link(right, width: "2147483648"), Link(right, width: "-240"), Link(right, expires: $"{soon + 1}"), Link(right,
                expires: "9223372036854775808"),
            Link(right, by: token + 1), Link(right, by: "0"), Link(right, rest: "&bucket=linkbucket"), Link(right, rest: "&bucket=..%2F"),
                Link(right, rest: "&width=500"),
            Link(right, rest: "&for=1"), Link(await SignAsync("products/1.png", 240, soon, "cursor")),
                Link(await SignAsync("products/1.png", 240, 1), expires: "1"),
            Link(await SignAsync("products/1.png", 240, soon, by: 9999), by: 9999),
            Link(await SignAsync("linkfolder/secret.jpg", 240, soon), "linkfolder/secret.jpg"), Link(await SignAsync("link.jpg", 240, soon),
                "link.jpg"),
            Link(await SignAsync("secret.jpg", 240, soon, bucket: "linkbucket"), "secret.jpg", rest: "&bucket=linkbucket"),
            Link(await SignAsync("products/1.png\n240\n1\n9", 240, soon), "products/1.png%0A240%0A1%0A9"),
            Link(await SignAsync("colours.onnx", 240, soon), "colours.onnx"),
        ];
        foreach (var link in links)
        {
            var (status, answer) = await GetAsync(link);
            status.ShouldBeInRange(400, 499, link);
            host.SecretIn(answer).ShouldBeNull(link);
        }
        (await host.ChangesAsync()).ShouldBeEmpty();
        output.WriteLine($"links: {links.Length} attempts");
    }

    [Theory]
    [InlineData("SELECT * FROM thanosql.token")]
    [InlineData("{\"query_string\": \"SELECT * FROM thanosql.setting\"}")]
    [InlineData("{\"query_string\": \"ALTER ROLE CURRENT_USER SUPERUSER\"}")]
    [InlineData("{\"query_string\": \"COPY step FROM 's3://linkbucket/secret.csv'\"}")]
    [InlineData("{\"query_string\": \"SELECT 1; DROP TABLE products\"}")]
    [InlineData("{\"query_string\": \"UPLOAD MODEL mine FROM 'linkfolder/secret.onnx'\"}")]
    [InlineData("{\"query_string\": null}")]
    [InlineData("{\"query_string\": \"\\ud800\"}")]
    [InlineData("SELECT 1\0")]
    [InlineData("{\"template_id\": 1}")]
    [InlineData("")]
    [InlineData("deep")]
    [InlineData("large")]
    public async Task No_frame_gets_further_than_its_token_allows(string frame)
    {
        var text = frame switch { "deep" => new string('[', 200_000), "large" => new string('x', 33_000_000), _ => frame };
        foreach (var scope in EscapeHost.Scopes)
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}/ws/v1/query?api_token={host.Secret(scope)}"),
                TestContext.Current.CancellationToken);
            var answer = await AskAsync(socket, text);
            answer.ShouldContain("ERROR", customMessage: $"{scope}: {answer}");
            answer.ShouldNotContain("its log says why");
            host.SecretIn(answer).ShouldBeNull();
        }
        (await host.ChangesAsync()).ShouldBeEmpty();
    }

    private static async Task<string> AskAsync(ClientWebSocket socket, string text)
    {
        var answer = new StringBuilder();
        var buffer = new byte[65_536];
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var sent = socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, late.Token);
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, late.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                break;
            answer.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
        }
        await sent.ContinueWith(_ => { }, TaskScheduler.Default); // a service that has answered reads no more
        return answer.ToString();
    }

    private Task<(int Status, string Answer)> GetAsync(string link) =>
        RawHttp.SendAsync(host.Address, $"GET {link} HTTP/1.1\nHost: localhost\nConnection: close", []);

    private Task<(int Status, string Answer)> SendAsync(string line, string token) =>
        RawHttp.SendAsync(host.Address, $"{line} HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 0\nAuthorization: Bearer {token}", []);

    // Its places are tested above, its files are for everybody; in a build that was not published one endpoint looks for those that changed since
    private static bool IsOfThePage(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<PageEndpoint>() is not null
        || endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null || endpoint.RoutePattern.RawText == "{**path:file}";
}
