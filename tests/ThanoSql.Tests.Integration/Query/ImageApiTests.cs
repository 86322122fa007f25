using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Access;
using ThanoSql.Query.Images;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Integration.Query;

public sealed class ImageApiTests(QueryHost host) : IClassFixture<QueryHost>
{
    // A red PNG of 8 x 8 pixels.
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC");

    [Fact]
    public async Task A_stored_picture_is_shown_by_its_signed_link_alone()
    {
        using (var stored = await StoreAsync("shop/빨강 +1.png", Picture))
        {
            stored.StatusCode.ShouldBe(HttpStatusCode.Created);
            (await stored.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("path").GetString().ShouldBe("shop/빨강 +1.png");
        }
        using var anybody = host.Client(null);
        var link = await LinkAsync("shop/빨강 +1.png");

        using var shown = await anybody.GetAsync(link);
        shown.StatusCode.ShouldBe(HttpStatusCode.OK);
        shown.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
        (await shown.Content.ReadAsByteArrayAsync())[..2].ShouldBe([0xFF, 0xD8]);

        using var again = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { IfNoneMatch = { shown.Headers.ETag! } } };
        using var unchanged = await anybody.SendAsync(again);
        unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task A_link_that_was_changed_in_any_way_shows_nothing()
    {
        (await StoreAsync("shop/a.png", Picture)).Dispose();
        (await StoreAsync("shop/b.png", Picture)).Dispose();
        var link = (await LinkAsync("shop/a.png")).ToString();
        using var anybody = host.Client(null);

        foreach (var changed in new[]
        {
            link.Replace("a.png", "b.png"), link.Replace("width=240", "width=241"), link.Replace("expires=1", "expires=9"), link[..^1]
                + (link[^1] == 'A' ? 'B' : 'A'),
            link.Split('&')[0], "/images/shop/a.png", link.Replace("?", "?bucket=other&"),
        })
        {
            using var response = await anybody.GetAsync(new Uri(changed, UriKind.Relative));
            ((int)response.StatusCode).ShouldBe(403, changed);
        }
    }

    [Fact]
    public async Task A_link_ends()
    {
        var links = host.Services.GetRequiredService<ImageLinks>();
        var path = new ObjectPath("workspace", "x.png");
        var token = await host.TokenAsync(TokenScope.Search);
        var (url, expires) = await links.CreateAsync(path, 240, new Caller(token, ""), CancellationToken.None);
        var signature = url[(url.IndexOf("signature=", StringComparison.Ordinal) + 10)..];
        var link = new SignedLink(0, 240, token.Id, expires.ToUnixTimeSeconds(), signature);

        (await links.TokenOfAsync(path, link, CancellationToken.None)).ShouldBe(token);
        (await links.TokenOfAsync(path, link with { Expires = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 1 }, CancellationToken.None))
            .ShouldBeNull();
        (await links.TokenOfAsync(path, link with { Token = token.Id + 1 }, CancellationToken.None)).ShouldBeNull();
        (await links.TokenOfAsync(path, link with { Version = 1 }, CancellationToken.None)).ShouldBeNull();
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public async Task A_picture_is_known_by_its_bytes_whatever_the_client_says_of_them(string? contentType)
    {
        using var client = host.Client(TokenScope.Write);
        using var body = new ByteArrayContent(Picture);
        if (contentType is not null)
            body.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var stored = await client.PutAsync(new Uri("/api/v1/images/shop/plain.png", UriKind.Relative), body);

        stored.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", 415)]
    [InlineData("plain text", 415)]
    [InlineData("", 415)]
    public async Task What_is_no_picture_is_not_stored(string content, int expected)
    {
        using var response = await StoreAsync("shop/fake.jpg", System.Text.Encoding.UTF8.GetBytes(content));

        ((int)response.StatusCode).ShouldBe(expected);
        (await host.Store.StatAsync(new ObjectPath("workspace", "shop/fake.jpg"), CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_picture_over_the_limit_is_refused()
    {
        using var response = await StoreAsync("shop/large.png", [.. Picture, .. new byte[3_000_000]]);

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_picture_makes_no_bucket()
    {
        using var response = await StoreAsync("s3://elsewhere/a.png", Picture);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Storing_needs_the_scope_write()
    {
        using var client = host.Client(TokenScope.Query);
        using var response = await client.PutAsync(new Uri("/api/v1/images/x.png", UriKind.Relative), new ByteArrayContent(Picture));

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<Uri> LinkAsync(string key)
    {
        var (url, _) = await host.Services.GetRequiredService<ImageLinks>().CreateAsync(
            new ObjectPath("workspace", key), 240, new Caller(await host.TokenAsync(TokenScope.Search), ""), CancellationToken.None);
        return new Uri(url, UriKind.Relative);
    }

    private async Task<HttpResponseMessage> StoreAsync(string key, byte[] content)
    {
        using var client = host.Client(TokenScope.Write);
        client.DefaultRequestHeaders.ExpectContinue = true; // or the answer to what is too large may come while it is still being sent
        using var body = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
        return await client.PutAsync(
            new Uri($"/api/v1/images/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}", UriKind.Relative), body);
    }
}
