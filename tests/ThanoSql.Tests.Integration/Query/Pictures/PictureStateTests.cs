using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>What became of a picture, and pages of them.</summary>
public sealed class PictureStateTests(PictureHost host) : IClassFixture<PictureHost>
{
    [Fact]
    public async Task A_picture_tells_its_keywords_its_label_and_the_rows_that_show_it()
    {
        await host.IndexAsync("shop/red.png", "red", "e7");
        await host.OwnerAsync("""
            INSERT INTO public.shop (image_path, price, added_at, secret) VALUES ('./shop/red.png', 9007199254740993, '2026-03-01T09:30:00Z', 'hush');
            UPDATE public.shop SET keyword = '과일', keyword_score = 0.75, keyword_version = 1, keyword_source = 'model';
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT pipeline_id, bucket, 'shop/red.png', '채소', 'ann' FROM thanosql.pipeline WHERE name = 'shop'
            """);

        var (status, picture, _) = await host.SendAsync(HttpMethod.Get, "/api/v1/images/shop/red.png", TokenScope.Query);

        status.ShouldBe(200);
        Text(picture, "path", "state", "etag", "size").ShouldBe("shop/red.png|indexed|e7|8");
        picture.GetProperty("content_hash").GetString().ShouldBe("b1f51a511f1da0cd348b8f8598db32e61cb963e5fc69e2b41485bf99590ed75a");
        picture.GetProperty("failure").ValueKind.ShouldBe(JsonValueKind.Null);
        picture.GetProperty("keywords").EnumerateArray().Select(k => Text(k, "model", "version", "keyword", "score")).ShouldBe(
            ["groups|1|과일|0.75", "groups|1|채소|0.25"]);
        var shown = picture.GetProperty("pipelines").EnumerateArray().ShouldHaveSingleItem();
        Text(shown, "name", "table", "model").ShouldBe("shop|shop|groups");
        Text(shown.GetProperty("label"), "label", "state", "labelled_by").ShouldBe("채소|confirmed|ann");
        var row = shown.GetProperty("rows").EnumerateArray().ShouldHaveSingleItem();
        Text(row, "path", "keyword", "score", "version", "source").ShouldBe("./shop/red.png|과일|0.75|1|model");
        row.GetProperty("columns").GetRawText().ShouldBe("""{"price":9007199254740993,"added_at":"2026-03-01T09:30:00Z"}""");
    }

    [Fact]
    public async Task A_picture_that_failed_says_why_and_one_of_a_waiting_pipeline_what_that_waits_for()
    {
        await host.OwnerAsync("""
            INSERT INTO thanosql.image (bucket, key, state, failure_kind, failure, attempts, first_failed_at, last_failed_at)
            VALUES ('workspace', 'shop/text.png', 'failed', 'poison', 'not_an_image: it is a text', 1, now(), now());
            INSERT INTO thanosql.image (bucket, key, state) VALUES ('workspace', 'later/1.png', 'pending'), ('workspace', 'shop/old.png', 'gone')
            """);

        var failed = (await host.SendAsync(HttpMethod.Get, "/api/v1/images/shop/text.png", TokenScope.Query)).Body;
        Text(failed, "state").ShouldBe("failed");
        Text(failed.GetProperty("failure"), "kind", "reason", "attempts").ShouldBe("poison|not_an_image: it is a text|1");

        var pending = (await host.SendAsync(HttpMethod.Get, "/api/v1/images/later/1.png", TokenScope.Query)).Body;
        Text(pending, "state").ShouldBe("pending");
        pending.GetProperty("pipelines")[0].GetProperty("waiting").GetString().ShouldNotBeNullOrEmpty();

        Text((await host.SendAsync(HttpMethod.Get, "/api/v1/images/shop/old.png", TokenScope.Query)).Body, "state").ShouldBe("gone");
    }

    [Theory]
    [InlineData("shop/nowhere.png", 404)]
    [InlineData("s3://elsewhere/1.png", 404)]
    [InlineData("../x.png", 404)] // the server takes the detour: nothing is there
    [InlineData("shop//x.png", 400)]
    [InlineData("%B0%FA.png", 400)]
    public async Task What_is_not_known_is_not_there_and_what_is_no_path_is_wrong(string path, int expected)
    {
        var status = (await Escapes.RawHttp.SendAsync(
            host.Address,
            $"GET /api/v1/images/{path} HTTP/1.1\nHost: localhost\nConnection: close\nAuthorization: Bearer {host.Secret(TokenScope.Query)}", []))
            .Status;

        status.ShouldBe(expected);
    }

    [Fact]
    public async Task Pages_go_on_behind_the_last_path_in_the_order_of_their_bytes()
    {
        string[] keys = ["pages/A.png", "pages/a.png", "pages/b/1.png", "pages/b2.png", "pages/가.png", "pages/힣.png"];
        foreach (var key in keys)
            await host.IndexAsync(key, key);
        await host.IndexAsync("paget.png", "x");
        await host.OwnerAsync("UPDATE thanosql.image SET state = 'failed', failure_kind = 'table', failure = 'no' WHERE key = 'pages/b2.png'");

        var (found, after) = (new List<string>(), "");
        do
        {
            var page = await ListAsync($"prefix=pages/&limit=2{after}");
            found.AddRange(Paths(page));
            after = page.GetProperty("next").GetString() is { } next ? $"&after={Uri.EscapeDataString(next)}" : "";
        }
        while (after.Length > 0);
        found.ShouldBe(keys);

        Paths(await ListAsync("prefix=pages/&state=failed")).ShouldBe(["pages/b2.png"]);
        Paths(await ListAsync("prefix=pages/b")).ShouldBe(["pages/b/1.png", "pages/b2.png"]);
        Paths(await ListAsync($"prefix=pages/{Uri.EscapeDataString("가")}&state=indexed")).ShouldBe(["pages/가.png"]);
        Paths(await ListAsync("prefix=s3://other/pages/")).ShouldBeEmpty();
        (await ListAsync("prefix=pages/&limit=6")).GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("state=done", "There is no state 'done'.")]
    [InlineData("state=1", "There is no state '1'.")]
    [InlineData("limit=0", "'limit' is a whole number from 1 to 1000, not '0'.")]
    [InlineData("limit=1001", "'limit' is a whole number from 1 to 1000, not '1001'.")]
    [InlineData("limit=x", "x")]
    [InlineData("prefix=/shop", "absolute")]
    [InlineData("prefix=%00", "NUL")]
    [InlineData("prefix=s3://Shop/", "no bucket name")]
    [InlineData("after=../x", "'..'")]
    [InlineData("after=s3://other/x", "not in bucket 'workspace'")]
    public async Task A_wrong_parameter_is_named_with_its_value(string query, string reason)
    {
        var (status, problem, _) = await host.SendAsync(HttpMethod.Get, $"/api/v1/images?{query}", TokenScope.Query);

        status.ShouldBe(400);
        problem.GetProperty("message").GetString()!.ShouldContain(reason);
    }

    [Fact]
    public async Task A_page_is_read_from_an_index_however_many_images_there_are()
    {
        await host.OwnerAsync("ANALYZE thanosql.image");
        foreach (var where in new[] { "bucket = 'workspace'", "state = 'failed' AND bucket = 'workspace'" })
        {
            var plan = await host.RowsAsync(
                $"SET enable_seqscan = off; SET enable_sort = off; EXPLAIN SELECT key FROM thanosql.image WHERE {where} AND key > 'a' AND key < 'b' "
                + "ORDER BY key LIMIT 10");
            string.Join('\n', plan).ShouldNotContain("Sort");
        }
    }

    private async Task<JsonElement> ListAsync(string query)
    {
        var (status, page, _) = await host.SendAsync(HttpMethod.Get, $"/api/v1/images?{query}", TokenScope.Query);
        status.ShouldBe(200, page.ToString());
        return page;
    }

    private static IEnumerable<string> Paths(JsonElement page) =>
        page.GetProperty("images").EnumerateArray().Select(image => image.GetProperty("path").GetString()!);

    private static string Text(JsonElement json, params string[] names) =>
        string.Join('|', names.Select(name => json.GetProperty(name).ToString()));
}
