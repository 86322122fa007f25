using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Similarity;

/// <summary>Search by picture, over HTTP.</summary>
public sealed class SimilarTests(GoodsHost host) : IClassFixture<GoodsHost>
{
    private const string Disc = "similar?table=goods&path=goods/disc.png";

    [Fact]
    public async Task The_picture_itself_comes_first_then_its_variants_then_others()
    {
        var hits = await HitsAsync($"{Disc}&limit=100");

        hits.Count.ShouldBe(20);
        hits[0].Path.ShouldBe("goods/disc.png");
        hits[0].Similarity.ShouldBe(1, 0.001);
        hits.Take(4).Select(h => h.Path).ShouldBe(
            ["goods/disc.png", "goods/disc-again.jpg", "goods/disc-small.jpg", "goods/new/disc-cropped.png"], ignoreOrder: true);
        hits.Select(h => h.Similarity).ShouldBeInOrder(SortDirection.Descending);
        hits[3].Similarity.ShouldBeGreaterThan(hits[4].Similarity + 0.02);
    }

    [Fact]
    public async Task A_hit_has_all_that_a_search_shows_and_its_similarity()
    {
        var (status, body) = await host.AskAsync($"{Disc}&limit=1");

        status.ShouldBe(200, body.ToString());
        body.GetProperty("table").GetString().ShouldBe("goods");
        var hit = body.GetProperty("results")[0];
        hit.EnumerateObject().Select(p => p.Name).ShouldBe(
            ["path", "keyword", "score", "version", "source", "similarity", "columns", "image"]);
        hit.GetProperty("columns").ToString().ShouldBe("""{"price":1,"name":"disc.png"}""");
        hit.GetProperty("image").GetProperty("url").GetString()!.ShouldStartWith("/images/goods/disc.png?");
    }

    [Theory]
    [InlineData("path", "goods/stripes-small.jpg")]
    [InlineData("hash", "")]
    [InlineData("sent", "")]
    public async Task A_picture_is_named_by_path_or_hash_or_sent(string how, string path)
    {
        var picture = Goods.Smaller("stripes");
        var (status, body) = how == "sent"
            ? await host.AskAsync("similar?table=goods&limit=4", picture)
            : await host.AskAsync($"similar?table=goods&limit=4&{how}={(how == "path" ? path : GoodsHost.Hash(picture).ToUpperInvariant())}");

        status.ShouldBe(200, body.ToString());
        var hits = Hits(body);
        hits[0].Path.ShouldBe("goods/stripes-small.jpg");
        hits.ShouldAllBe(h => h.Path.Contains("stripes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sent_picture_that_nobody_knows_is_compared_and_leaves_nothing_behind()
    {
        var before = await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.content");

        var (status, body) = await host.AskAsync("similar?table=goods&limit=4", Goods.Of("checks", shift: 3));

        status.ShouldBe(200, body.ToString());
        Hits(body).ShouldAllBe(h => h.Path.Contains("checks", StringComparison.Ordinal));
        (await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.content")).ShouldBe(before);
    }

    [Theory]
    [InlineData("", 20)]
    [InlineData("&keyword=fruit", 6)]
    [InlineData("&keyword=과일&keyword=생선", 11)]
    [InlineData("&price.lte=7", 7)]
    [InlineData("&keyword=채소&price.gt=10&name.ne=fog.png", 6)]
    [InlineData("&self=false", 19)]
    [InlineData("&min_similarity=0.9999", 1)]
    [InlineData("&keyword=nothing", 0)]
    [InlineData("&keyword=채소&rank=2&price.gt=8", 12)]
    public async Task Pages_together_hold_every_row_that_passes_once_and_in_order(string filter, int rows)
    {
        var whole = new List<(string Path, double Similarity)>();
        string? after = null;
        do
        {
            var (status, body) = await host.AskAsync($"{Disc}{filter}&limit=3{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            status.ShouldBe(200, body.ToString());
            whole.AddRange(Hits(body));
            after = body.GetProperty("next").GetString();
        }
        while (after is not null);

        whole.Select(h => h.Path).ShouldBeUnique();
        whole.Count.ShouldBe(rows);
        whole.Select(h => h.Similarity).ShouldBeInOrder(SortDirection.Descending);
        whole.ShouldBe((await HitsAsync($"{Disc}{filter}&limit=100")).AsEnumerable());
    }

    [Fact]
    public async Task Every_row_of_one_picture_is_a_hit_on_whichever_page()
    {
        await host.StoreAsync("goods/twins/a.png", Goods.Of("fog", 20));
        await host.StoreAsync("goods/twins/b.png", Goods.Of("fog", 20));
        await host.LookAsync("goods/twins/a.png");
        await host.LookAsync("goods/twins/b.png");
        await host.OwnerAsync("""
            INSERT INTO public.stock (image_path, price, name) VALUES
                ('goods/twins/b.png', 2, 'twin'), ('./goods/twins/a.png', 3, 'twin'), ('s3://workspace/goods/twins/a.png', 4, 'twin'),
                ('goods/twins/b.png', 5, 'twin')
            """);

        const string twins = "similar?table=stock&name=twin&path=goods/twins/a.png&limit=1";

        for (var asked = 0; (await HitsAsync(twins)).Count == 0; asked++)
        {
            asked.ShouldBeLessThan(300);
            await Task.Delay(100, TestContext.Current.CancellationToken); // the index follows within a second
        }
        var found = new List<int>();
        string? after = null;
        do
        {
            var (_, body) = await host.AskAsync($"{twins}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            found.AddRange(body.GetProperty("results").EnumerateArray().Select(h => h.GetProperty("columns").GetProperty("price").GetInt32()));
            after = body.GetProperty("next").GetString();
        }
        while (after is not null);

        found.Order().ShouldBe([2, 3, 4, 5]);
        await host.OwnerAsync("DELETE FROM public.stock WHERE name = 'twin'");
    }

    [Fact]
    public async Task Another_table_shows_its_own_rows_of_the_same_space()
    {
        (await HitsAsync("similar?table=stock&path=goods/disc-again.jpg&keyword=과일")).Select(h => h.Path).ShouldBe(["stock/disc.png"]);
    }

    [Theory]
    [InlineData("table=goods", 400, "path")]
    [InlineData("table=goods&path=goods/disc.png&hash=00", 400, "one picture")]
    [InlineData("table=goods&hash=00ff", 400, "64")]
    [InlineData("table=goods&hash=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 400, "64")]
    [InlineData("table=goods&hash=00000000000000000000000000000000000000000000000000000000000000ff", 404, "No picture")]
    [InlineData("table=goods&path=goods/nowhere.png", 404, "goods/nowhere.png")]
    [InlineData("table=goods&path=../etc/passwd", 400, "..")]
    [InlineData("table=goods&path=s3://other/disc.png", 404, "s3://other/disc.png")]
    [InlineData("table=goods&path=goods/disc.png&limit=0", 400, "limit")]
    [InlineData("table=goods&path=goods/disc.png&limit=101", 400, "limit")]
    [InlineData("table=goods&path=goods/disc.png&min_similarity=1.5", 400, "min_similarity")]
    [InlineData("table=goods&path=goods/disc.png&min_similarity=NaN", 400, "min_similarity")]
    [InlineData("table=goods&path=goods/disc.png&self=maybe", 400, "self")]
    [InlineData("table=goods&path=goods/disc.png&sort=price", 400, "sort")]
    [InlineData("table=goods&path=goods/disc.png&total=exact", 400, "total")]
    [InlineData("table=goods&path=goods/disc.png&prise=1", 400, "price")]
    [InlineData("table=goods&path=goods/disc.png&price=cheap", 400, "cheap")]
    [InlineData("table=goods&path=goods/disc.png&model=group", 404, "groups")]
    [InlineData("table=goods&path=goods/disc.png&after=eyJ9.x", 400, "after")]
    [InlineData("table=good&path=goods/disc.png", 404, "goods")]
    [InlineData("path=goods/disc.png", 400, "table")]
    public async Task A_wrong_question_says_what_is_wrong(string query, int expected, string hint)
    {
        var (status, body) = await host.AskAsync($"similar?{query}");

        status.ShouldBe(expected, body.ToString());
        body.ToString().ShouldContain(hint);
        body.GetProperty("code").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_picture_only()
    {
        var (_, page) = await host.AskAsync($"{Disc}&limit=2");
        var next = Uri.EscapeDataString(page.GetProperty("next").GetString()!);

        (await host.AskAsync($"{Disc}&limit=2&after={next}")).Status.ShouldBe(200);
        (await host.AskAsync($"similar?table=goods&path=goods/fog.png&limit=2&after={next}")).Status.ShouldBe(400);
        (await host.AskAsync($"{Disc}&self=false&limit=2&after={next}")).Status.ShouldBe(400);
        (await host.AskAsync($"similar?table=goods&limit=2&after={next}", Goods.Of("disc"))).Status.ShouldBe(400);
    }

    [Fact]
    public async Task What_is_sent_and_no_picture_is_refused_by_what_it_is()
    {
        (await host.AskAsync("similar?table=goods", [])).Body.GetProperty("code").GetString().ShouldBe("empty");
        (await host.AskAsync("similar?table=goods", "no picture at all"u8.ToArray())).Status.ShouldBe(415);
        (await host.AskAsync("similar?table=goods", TestPictures.Bomb(50_000, 50_000))).Status.ShouldBe(413);
        (await host.AskAsync("similar?table=goods", new byte[2_100_000])).Body.GetProperty("code").GetString().ShouldBe("too_large");
        (await host.AskAsync($"{Disc}", Goods.Of("disc"))).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_picture_that_could_not_be_read_is_no_question()
    {
        await host.StoreAsync("elsewhere/broken.png", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0]);
        await host.LookAsync("elsewhere/broken.png");

        var (status, body) = await host.AskAsync("similar?table=goods&path=elsewhere/broken.png");

        status.ShouldBe(415, body.ToString());
        body.ToString().ShouldContain("elsewhere/broken.png");
    }

    [Fact]
    public async Task An_object_that_nobody_told_us_of_is_not_looked_at()
    {
        await host.StoreAsync("private/secret.png", Goods.Of("disc"));

        (await host.AskAsync("similar?table=goods&path=private/secret.png")).Status.ShouldBe(404);
        (await host.OwnerAsync<long>("SELECT count(*) FROM thanosql.image WHERE key = 'private/secret.png'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_model_that_was_uploaded_has_no_embedding_and_another_may_be_named()
    {
        await host.ServeModelAsync("foreign");
        await host.OwnerAsync("""
            UPDATE thanosql.trunk SET origin = 'uploaded' WHERE key = 't';
            UPDATE thanosql.model_version v SET trunk_id = (SELECT trunk_id FROM thanosql.trunk WHERE key = 't')
            FROM thanosql.model m WHERE m.model_id = v.model_id AND m.name = 'foreign'
            """);

        var (status, body) = await host.AskAsync($"{Disc}&model=foreign");

        status.ShouldBe(422, body.ToString());
        body.GetProperty("hint").GetString().ShouldNotBeNull().ShouldContain("model=");
        (await host.AskAsync($"{Disc}&model=groups")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_restricted_token_asks_with_its_own_pictures_and_finds_them_alone()
    {
        using var client = await host.RestrictedAsync(new TokenRestrictions(["goods"], ["goods/new/"], [], null));

        (await host.AskAsync(Disc, by: client)).Status.ShouldBe(403);
        (await host.AskAsync($"similar?table=goods&hash={GoodsHost.Hash(Goods.Of("disc"))}", by: client)).Status.ShouldBe(404);
        (await host.AskAsync("similar?table=stock&path=goods/new/disc-cropped.png", by: client)).Status.ShouldBe(403);
        foreach (var answer in new[]
        {
            await host.AskAsync("similar?table=goods&path=goods/new/disc-cropped.png&limit=100", by: client),
            await host.AskAsync("similar?table=goods&limit=100", Goods.Of("disc"), by: client),
        })
        {
            answer.Status.ShouldBe(200, answer.Body.ToString());
            var hits = Hits(answer.Body);
            hits.Select(h => h.Path).ShouldBe(Goods.Things.Select(thing => $"goods/new/{thing}-cropped.png"), ignoreOrder: true);
            hits[0].Path.ShouldBe("goods/new/disc-cropped.png");
        }
    }

    [Fact]
    public async Task A_shops_page_may_send_a_picture_to_be_compared_and_send_nothing_elsewhere()
    {
        const string page = "https://similar.example";
        using var client = await host.RestrictedAsync(new TokenRestrictions(["goods"], [], [page], null));
        using var nobody = host.Client(null);

        for (var asked = 0; await MethodsAsync("similar") != "GET,HEAD,POST"; asked++)
        {
            asked.ShouldBeLessThan(300, await MethodsAsync("similar"));
            await Task.Delay(100, TestContext.Current.CancellationToken); // the origins that tokens name are remembered for a moment
        }
        (await MethodsAsync("search")).ShouldBe("GET,HEAD");
        client.DefaultRequestHeaders.Add("Origin", page);
        (await host.AskAsync("similar?table=goods&limit=1", Goods.Of("disc"), by: client)).Status.ShouldBe(200);

        async Task<string> MethodsAsync(string endpoint)
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri($"/api/v1/{endpoint}?table=goods", UriKind.Relative))
            {
                Headers = { { "Origin", page }, { "Access-Control-Request-Method", "POST" } },
            };
            using var reply = await nobody.SendAsync(preflight, TestContext.Current.CancellationToken);
            return reply.Headers.TryGetValues("Access-Control-Allow-Methods", out var methods) ? string.Join(',', methods) : "";
        }
    }

    [Fact]
    public async Task Similar_pictures_need_a_token()
    {
        using var client = host.Client(null);

        (await host.AskAsync(Disc, by: client)).Status.ShouldBe(401);
        (await host.AskAsync("similar?table=goods", Goods.Of("disc"), by: client)).Status.ShouldBe(401);
    }

    private async Task<List<(string Path, double Similarity)>> HitsAsync(string address)
    {
        var (status, body) = await host.AskAsync(address);
        status.ShouldBe(200, body.ToString());
        return Hits(body);
    }

    private static List<(string Path, double Similarity)> Hits(JsonElement body) =>
        [.. body.GetProperty("results").EnumerateArray().Select(h => (h.GetProperty("path").GetString()!, h.GetProperty("similarity").GetDouble()))];
}
