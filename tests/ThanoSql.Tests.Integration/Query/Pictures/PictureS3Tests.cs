using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>The same promises on an S3 server, which keeps them in other ways.</summary>
public sealed class PictureS3Tests(PictureS3Host host) : IClassFixture<PictureS3Host>
{
    private static readonly byte[] Picture = TestPictures.GradientPng(16, 16);

    [Fact]
    public async Task A_picture_comes_is_waited_for_is_known_and_goes()
    {
        var waiting = host.PutAsync("shop/%EA%B3%BC%EC%9D%BC.png?wait=60s", Picture, "image/jpg");
        await host.FirstAsync("SELECT 1 FROM thanosql.image WHERE key = 'shop/과일.png' AND state = 'pending'");
        await host.IndexAsync("shop/과일.png", "s3", (await host.StatAsync("shop/과일.png"))!.ETag);

        var (status, stored, headers) = await waiting;
        (status, stored.GetProperty("state").GetString()).ShouldBe((201, "indexed"));
        (await host.SendAsync(HttpMethod.Get, headers.Location!.OriginalString, TokenScope.Query)).Body.GetProperty("etag").GetString()
            .ShouldBe(stored.GetProperty("etag").GetString());

        // The same bytes again have the same etag: nothing is to be waited for
        (await host.PutAsync("shop/%EA%B3%BC%EC%9D%BC.png?wait=60s", Picture)).Body.GetProperty("state").GetString().ShouldBe("indexed");

        (await host.SendAsync(HttpMethod.Delete, headers.Location!.OriginalString)).Status.ShouldBe(204);
        (await host.StatAsync("shop/과일.png")).ShouldBeNull();
        (await host.SendAsync(HttpMethod.Delete, headers.Location!.OriginalString)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Of_many_who_store_something_new_at_once_one_does()
    {
        var stored = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => host.PutAsync("shop/race.png", TestPictures.GradientPng(16 + i, 16), ifNoneMatch: "*")));

        stored.Select(s => s.Status).Order().ShouldBe([201, 412, 412, 412, 412, 412, 412, 412]);
        var winner = stored.Single(s => s.Status == 201).Body;
        (await host.StatAsync("shop/race.png"))!.ETag.ShouldBe(winner.GetProperty("etag").GetString());
    }

    [Fact]
    public async Task Keys_that_a_folder_could_not_hold_are_keys_like_any_other()
    {
        (await host.PutAsync("shop/a.jpeg", Picture)).Status.ShouldBe(201);
        (await host.PutAsync("shop/a.jpeg/x.jpeg", Picture)).Status.ShouldBe(201);
        (await host.PutAsync("shop%2Fa.jpeg", Picture, ifNoneMatch: "*")).Status.ShouldBe(412);
        (await host.PutAsync($"shop/{new string('k', 1100)}", Picture)).Status.ShouldBe(400);
        (await host.PutAsync("s3:%2F%2Fnowhere-to-be-found/a.jpeg", Picture)).Status.ShouldBe(404);

        await host.SendAsync(HttpMethod.Delete, "/api/v1/images/shop/a.jpeg");
        (await host.StatAsync("shop/a.jpeg/x.jpeg")).ShouldNotBeNull();
    }
}
