using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query.Escapes;

namespace ThanoSql.Tests.Integration.Query.Access;

/// <summary>The whole service behind a real nginx, as docs/operations.md shows it: TLS, a path, websockets, large uploads.</summary>
public sealed partial class NginxTests(NginxTests.ProxiedService host) : IClassFixture<NginxTests.ProxiedService>
{
    private static readonly byte[] Red = TestPictures.Png(64, 64, (_, _, channel) => channel == 0 ? 255 : 0);
    private static readonly byte[] Blue = TestPictures.Png(64, 64, (_, _, channel) => channel == 2 ? 255 : 0);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private NginxServer Nginx => host.Nginx;

    [Fact]
    public async Task The_page_and_the_description_find_the_service_under_its_path()
    {
        using var browser = Nginx.Client();

        using var page = await browser.GetAsync(Nginx.Address, Cancel);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.RequestMessage!.RequestUri.ShouldBe(new Uri(Nginx.Address, "sign-in?to=%2F"));
        page.Headers.GetValues("Set-Cookie").ShouldAllBe(cookie => cookie.Contains("; secure", StringComparison.Ordinal));
        (await page.Content.ReadAsStringAsync(Cancel)).ShouldContain("<base href=\"/index/\" />"); // to which its addresses are relative
        using var short_ = await browser.GetAsync(new Uri(Nginx.Address.ToString().TrimEnd('/')), Cancel);
        short_.RequestMessage!.RequestUri.ShouldBe(new Uri(Nginx.Address, "sign-in?to=%2F"));
        var document = await browser.GetFromJsonAsync<JsonElement>(new Uri("openapi/v1.json", UriKind.Relative), Cancel);
        document.GetProperty("servers")[0].GetProperty("url").GetString().ShouldBe(Nginx.Address.ToString().TrimEnd('/'));
        using var docs = await browser.GetAsync(new Uri("docs", UriKind.Relative), Cancel);
        var scripts = Script().Matches(await docs.Content.ReadAsStringAsync(Cancel)).Select(script => script.Groups["address"].Value).ToList();
        scripts.ShouldNotBeEmpty();
        foreach (var address in scripts)
        {
            using var script = await browser.GetAsync(new Uri(docs.RequestMessage!.RequestUri!, address), Cancel);
            script.StatusCode.ShouldBe(HttpStatusCode.OK, address);
        }
    }

    [Fact]
    public async Task A_picture_that_is_replaced_shows_at_once_by_a_link_that_works_as_it_is()
    {
        using var writer = Nginx.Client(host.Secret(TokenScope.Write));
        await PutAsync(writer, "products/과일 +1.png", Red);
        await host.MustAsync("INSERT INTO products VALUES ('products/과일 +1.png', 5)");
        var red = await LinkAsync(link => link is not null);
        (await PixelAsync(red!)).ShouldBe("red");

        await PutAsync(writer, "products/과일 +1.png", Blue);

        var blue = await LinkAsync(link => link is not null && link != red);
        (await PixelAsync(blue!)).ShouldBe("blue");
    }

    [Fact]
    public async Task Links_for_a_chosen_time_have_scheme_and_host()
    {
        using var client = Nginx.Client(host.Secret(TokenScope.Query));
        using var made = await client.PostAsJsonAsync(
            new Uri("api/v1/links", UriKind.Relative), new { paths = new[] { "products/1.png" }, minutes = 1 }, Cancel);
        var link = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("links")[0].GetProperty("url").GetString()!;

        link.ShouldStartWith($"{Nginx.Address}images/products/1.png?");
        using var anybody = Nginx.Client();
        using var shown = await anybody.GetAsync(new Uri(link), Cancel);
        shown.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_websocket_runs_a_statement()
    {
        using var socket = new ClientWebSocket();
        using var way = new HttpMessageInvoker(Nginx.Handler());
        var address = new UriBuilder(new Uri(Nginx.Address, $"ws/v1/query?api_token={host.Secret(TokenScope.Query)}")) { Scheme = "wss" }.Uri;
        await socket.ConnectAsync(address, way, Cancel);
        await socket.SendAsync(Encoding.UTF8.GetBytes("SELECT 40 + 2 AS answer"), WebSocketMessageType.Text, true, Cancel);

        var result = await Client029.ReceiveAsync(socket);

        result!.Value.GetProperty("output_type").GetString().ShouldBe("RESULT");
        result.Value.ToString().ShouldContain("42");
    }

    [Fact]
    public async Task A_large_upload_goes_through_and_one_that_is_too_large_is_refused()
    {
        using var client = Nginx.Client(host.Secret(TokenScope.Write));
        var picture = new byte[64 << 20];
        Red.CopyTo(picture, 0);

        using (var stored = await client.PutAsync(new Uri("api/v1/images/large/1.png", UriKind.Relative), new ByteArrayContent(picture), Cancel))
        {
            stored.StatusCode.ShouldBe(HttpStatusCode.Created, await stored.Content.ReadAsStringAsync(Cancel));
            (await stored.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("size").GetInt64().ShouldBe(picture.Length);
        }
        client.DefaultRequestHeaders.ExpectContinue = true;
        using var refused = await client.PutAsync(
            new Uri("api/v1/images/large/2.png", UriKind.Relative), new ByteArrayContent(new byte[90 << 20]), Cancel);
        refused.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task What_a_client_says_of_its_address_counts_for_nothing()
    {
        using var client = Nginx.Client();
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "http");
        client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", "/evil");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1");

        var document = await client.GetFromJsonAsync<JsonElement>(new Uri("openapi/v1.json", UriKind.Relative), Cancel);

        document.GetProperty("servers")[0].GetProperty("url").GetString().ShouldBe(Nginx.Address.ToString().TrimEnd('/'));
    }

    private static async Task PutAsync(HttpClient client, string key, byte[] picture)
    {
        var path = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        using var stored = await client.PutAsync(new Uri($"api/v1/images/{path}", UriKind.Relative), new ByteArrayContent(picture), Cancel);
        stored.StatusCode.ShouldBe(HttpStatusCode.Created, await stored.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>The link that a search gives, once it is as expected.</summary>
    private async Task<string?> LinkAsync(Predicate<string?> expected)
    {
        using var client = Nginx.Client(host.Secret(TokenScope.Search));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var page = await client.GetFromJsonAsync<JsonElement>(new Uri("api/v1/search?table=products&price.eq=5", UriKind.Relative), Cancel);
            var link = page.GetProperty("results").EnumerateArray()
                .Select(hit => hit.GetProperty("image").GetProperty("url").GetString()).FirstOrDefault();
            if (expected(link))
                return link;
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
            await Task.Delay(50, Cancel);
        }
    }

    private async Task<string> PixelAsync(string link)
    {
        using var browser = Nginx.Client();
        var picture = await browser.GetByteArrayAsync(new Uri(Nginx.Address, link), Cancel);
        using var image = NetVips.Image.NewFromBuffer(picture);
        var pixel = image.Getpoint(8, 8);
        return pixel[0] > 200 ? "red" : pixel[2] > 200 ? "blue" : string.Join(' ', pixel);
    }

    [GeneratedRegex("<script[^>]* src=\"(?<address>[^\"]+)\"")]
    private static partial Regex Script();

    /// <summary>All roles, and nginx before them.</summary>
    public sealed class ProxiedService(RealServers servers) : EscapeHost(servers)
    {
        private NginxServer? _nginx;

        public NginxServer Nginx => _nginx!;

        protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
        {
            ["Query:ForwardedFrom:0"] = "127.0.0.1",
            ["Query:Images:Megabytes"] = "80",
        };

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            _nginx = await NginxServer.StartAsync(Address);
        }

        public override async ValueTask DisposeAsync()
        {
            if (_nginx is not null)
                await _nginx.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
