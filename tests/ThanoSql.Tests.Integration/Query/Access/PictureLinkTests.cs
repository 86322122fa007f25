using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Links;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Access;

/// <summary>Links for a chosen time, links that change with their pictures, and keys that follow each other.</summary>
public sealed class PictureLinkTests(ShopHost host) : IClassFixture<ShopHost>
{
    private const string Search = "/api/v1/search?table=products&keyword=채소";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LinkKeyCatalog Keys => host.Services.GetRequiredService<LinkKeyCatalog>();

    [Fact]
    public async Task Links_are_made_for_a_chosen_time_and_size_with_the_address_that_was_asked()
    {
        await NoteAsync("products/1.png");
        using var client = host.Client(TokenScope.Query);
        string[] paths = ["products/1.png", "./products/1.png", "none.png"];
        using var made = await client.PostAsJsonAsync(
            new Uri("/api/v1/links", UriKind.Relative), new { paths, width = 32, minutes = 10 }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        answer.GetProperty("expires").GetDateTime().ShouldBe(DateTime.UtcNow.AddMinutes(10), TimeSpan.FromMinutes(1));
        var links = answer.GetProperty("links").EnumerateArray().Select(link => link.GetProperty("url").GetString()).ToList();
        links[2].ShouldBeNull(); // nobody knows such a picture
        links[1].ShouldBe(links[0]);
        links[0].ShouldStartWith($"{host.Address.GetLeftPart(UriPartial.Authority)}/images/products/1.png?width=32&");
        using var anybody = new HttpClient();
        using var shown = await anybody.GetAsync(new Uri(links[0]!), Cancel);
        shown.StatusCode.ShouldBe(HttpStatusCode.OK);
        shown.Headers.CacheControl!.ToString().ShouldBe("no-cache, private"); // it stays when the picture does not
        using var head = await anybody.SendAsync(new HttpRequestMessage(HttpMethod.Head, links[0]), Cancel);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Headers.ETag.ShouldBe(shown.Headers.ETag);
        head.Content.Headers.ContentLength.ShouldBe(shown.Content.Headers.ContentLength);
        (await head.Content.ReadAsByteArrayAsync(Cancel)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{}", "'paths'")]
    [InlineData("""{"paths": "a.png"}""", "'paths'")]
    [InlineData("""{"paths": ["../a.png"]}""", "../a.png")]
    [InlineData("""{"paths": [""]}""", "empty")]
    [InlineData("""{"paths": [], "width": 15}""", "'width' is a whole number from 16 to 2048, not 15")]
    [InlineData("""{"paths": [], "minutes": 0}""", "'minutes' is a whole number from 1 to 43200, not 0")]
    [InlineData("""{"paths": [], "minutes": 43201}""", "'minutes'")]
    [InlineData("""{"paths": [], "days": 1}""", "'days'")]
    [InlineData("many", "1000")]
    public async Task A_wrong_wish_is_refused_with_what_is_wrong(string body, string told)
    {
        using var client = host.Client(TokenScope.Query);
        using var content = new StringContent(
            body == "many" ? JsonSerializer.Serialize(new { paths = Enumerable.Range(0, 1001).Select(n => $"{n}.png") }) : body);
        using var answer = await client.PostAsync(new Uri("/api/v1/links", UriKind.Relative), content, Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("message").GetString()!.ShouldContain(told);
    }

    [Fact]
    public async Task A_hit_s_link_changes_when_its_picture_is_replaced_and_others_stay()
    {
        await NoteAsync("products/1.png");
        var before = await HitsAsync();
        (await HitsAsync()).ShouldBe(before);

        await host.OwnerAsync("""
            INSERT INTO thanosql.content (sha256) VALUES (sha256('new')) ON CONFLICT DO NOTHING;
            UPDATE thanosql.image SET content_id = (SELECT content_id FROM thanosql.content WHERE sha256 = sha256('new'))
                WHERE key = 'products/1.png'
            """);

        await host.EventuallyAsync(async () => (await HitsAsync())["products/1.png"] != before["products/1.png"]);
        var after = await HitsAsync();
        after["products/summer.png"].ShouldBe(before["products/summer.png"]);
        using var anybody = host.Client(null);
        foreach (var link in new[] { before["products/1.png"], after["products/1.png"] })
        {
            using var shown = await anybody.GetAsync(new Uri(link, UriKind.Relative), Cancel);
            shown.StatusCode.ShouldBe(HttpStatusCode.OK);
            shown.Headers.CacheControl!.MaxAge.ShouldBe(TimeSpan.FromHours(1));
        }
        var other = after["products/1.png"].Replace("?v=", "?v=1", StringComparison.Ordinal);
        using var forged = await anybody.GetAsync(new Uri(other, UriKind.Relative), Cancel);
        forged.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_new_key_leaves_links_and_cursors_in_force_unless_it_is_to_end_them()
    {
        var (link, cursor) = await UsedAsync();
        await Keys.RotateAsync(TimeSpan.FromDays(30), Cancel);
        await host.EventuallyAsync(async () => (await UsedAsync()).Link != link);

        var (newLink, newCursor) = await UsedAsync();
        var mark = newLink.Split("signature=")[1].Split('~')[0];
        foreach (var (of, after) in new[] { (link, cursor), (newLink, newCursor) })
            (await StatusAsync(of), await StatusAsync(After(after))).ShouldBe((200, 200));
        foreach (var wrong in new[] { mark, "99", "" })
            (await StatusAsync(link.Replace("signature=", $"signature={wrong}~", StringComparison.Ordinal))).ShouldBe(403);

        await Keys.RotateAsync(TimeSpan.Zero, Cancel);
        await host.EventuallyAsync(async () => await StatusAsync(newLink) == 403);
        (await StatusAsync(link), await StatusAsync(After(cursor)), await StatusAsync(After(newCursor))).ShouldBe((403, 400, 400));
        var (last, _) = await UsedAsync();
        (await StatusAsync(last)).ShouldBe(200);
    }

    private static string After(string cursor) => $"{Search}&limit=1&after={cursor}";

    // The picture is known, and was looked at
    private Task NoteAsync(string key) => host.OwnerAsync($"""
        INSERT INTO thanosql.content (sha256) VALUES (sha256('old')) ON CONFLICT DO NOTHING;
        INSERT INTO thanosql.image (bucket, key, state, indexed_at, content_id)
        SELECT 'workspace', '{key}', 'indexed', now(), content_id FROM thanosql.content WHERE sha256 = sha256('old') ON CONFLICT DO NOTHING
        """);

    private async Task<(string Link, string Cursor)> UsedAsync()
    {
        using var page = await PageAsync($"{Search}&limit=1");
        return (page.RootElement.GetProperty("results")[0].GetProperty("image").GetProperty("url").GetString()!,
            page.RootElement.GetProperty("next").GetString()!);
    }

    private async Task<Dictionary<string, string>> HitsAsync()
    {
        using var page = await PageAsync(Search);
        return page.RootElement.GetProperty("results").EnumerateArray().Where(hit => hit.TryGetProperty("image", out _))
            .ToDictionary(hit => hit.GetProperty("path").GetString()!, hit => hit.GetProperty("image").GetProperty("url").GetString()!);
    }

    private async Task<JsonDocument> PageAsync(string url)
    {
        using var client = host.Client(TokenScope.Search);
        return (await client.GetFromJsonAsync<JsonDocument>(new Uri(url, UriKind.Relative), Cancel))!;
    }

    private async Task<int> StatusAsync(string url)
    {
        using var client = host.Client(TokenScope.Search);
        using var answer = await client.GetAsync(new Uri(url, UriKind.Relative), Cancel);
        return (int)answer.StatusCode;
    }
}
