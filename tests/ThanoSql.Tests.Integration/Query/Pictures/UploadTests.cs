using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query.Escapes;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>Pictures that are sent: one or many, waited for or not, whatever their type is called and wherever they are to go.</summary>
public sealed class UploadTests(PictureHost host) : IClassFixture<PictureHost>
{
    private static readonly byte[] Picture = TestPictures.GradientPng(16, 16);

    [Fact]
    public async Task A_stored_picture_is_pending_at_once_and_its_address_tells_the_rest()
    {
        var (status, stored, headers) = await host.PutAsync("shop/%EB%B9%A8%EA%B0%95%20%2B1.png", Picture);

        (status, stored.GetProperty("state").GetString()).ShouldBe((201, "pending"));
        stored.GetProperty("path").GetString().ShouldBe("shop/빨강 +1.png");
        var asked = await host.SendAsync(HttpMethod.Get, headers.Location!.OriginalString, TokenScope.Query);
        (asked.Status, asked.Body.GetProperty("state").GetString()).ShouldBe((200, "pending"));
    }

    [Fact]
    public async Task Who_waits_is_answered_with_the_keywords_once_the_row_is_committed()
    {
        var waiting = Enumerable.Range(0, 5).Select(i => host.PutAsync($"shop/waited/{i}.png?wait=60s", Picture)).ToList();
        for (var i = 0; i < 5; i++)
        {
            await host.FirstAsync($"SELECT 1 FROM thanosql.image WHERE key = 'shop/waited/{i}.png' AND state = 'pending'");
            await host.IndexAsync($"shop/waited/{i}.png", "waited", (await host.StatAsync($"shop/waited/{i}.png"))!.ETag);
        }

        foreach (var (status, picture, _) in await Task.WhenAll(waiting))
        {
            (status, picture.GetProperty("state").GetString()).ShouldBe((201, "indexed"));
            picture.GetProperty("keywords")[0].GetProperty("keyword").GetString().ShouldBe("과일");
        }
    }

    [Fact]
    public async Task A_picture_that_is_replaced_is_waited_for_as_it_is_now()
    {
        await host.PutAsync("shop/replaced.png", Picture);
        await host.IndexAsync("shop/replaced.png", "before", (await host.StatAsync("shop/replaced.png"))!.ETag);

        var (status, picture, headers) = await host.PutAsync("shop/replaced.png?wait=0.2s", TestPictures.GradientPng(17, 16));

        (status, picture.GetProperty("state").GetString()).ShouldBe((202, "pending"));
        headers.Location!.OriginalString.ShouldBe("/api/v1/images/shop/replaced.png");
        (await host.FirstAsync("SELECT state FROM thanosql.image WHERE key = 'shop/replaced.png'")).ShouldBe("pending");
    }

    [Fact]
    public async Task Who_waits_for_a_picture_that_cannot_be_read_is_told_why()
    {
        var waiting = host.PutAsync("shop/broken.png?wait=60", [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        await host.FirstAsync("SELECT 1 FROM thanosql.image WHERE key = 'shop/broken.png' AND state = 'pending'");
        await host.OwnerAsync(
            "UPDATE thanosql.image SET state = 'failed', failure_kind = 'poison', failure = 'damaged: it ends' WHERE key = 'shop/broken.png'");

        var (status, picture, _) = await waiting;

        (status, picture.GetProperty("state").GetString()).ShouldBe((201, "failed"));
        picture.GetProperty("failure").GetProperty("reason").GetString().ShouldBe("damaged: it ends");
    }

    [Fact]
    public async Task A_picture_that_no_pipeline_covers_is_stored_and_nobody_waits_for_it()
    {
        var (status, picture, _) = await host.PutAsync("elsewhere/1.png?wait=60s", Picture);

        (status, picture.GetProperty("state").ValueKind).ShouldBe((201, JsonValueKind.Null));
        (await host.SendAsync(HttpMethod.Get, "/api/v1/images/elsewhere/1.png", TokenScope.Query)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_is_to_be_new_does_not_overwrite()
    {
        (await host.PutAsync("shop/new.png", Picture, ifNoneMatch: "*")).Status.ShouldBe(201);
        var before = await host.StatAsync("shop/new.png");

        var (status, problem, _) = await host.PutAsync("shop/new.png", TestPictures.GradientPng(17, 16), ifNoneMatch: "*");

        (status, problem.GetProperty("code").GetString()).ShouldBe((412, "precondition_failed"));
        (await host.StatAsync("shop/new.png")).ShouldBe(before);
    }

    [Theory]
    [InlineData("image/jpg")]
    [InlineData("binary/octet-stream")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("application/json")]
    [InlineData("nonsense")]
    public async Task The_content_decides_and_not_its_type(string contentType)
    {
        (await host.PutAsync("shop/typed.png", Picture, contentType)).Status.ShouldBe(201);
        var (status, problem, _) = await host.PutAsync("shop/typed.png", "plain text"u8.ToArray(), contentType);
        (status, problem.GetProperty("code").GetString()).ShouldBe((415, "not_an_image"));

        using var query = new StringContent("""{"query_string": "SELECT 1"}""");
        query.Headers.Remove("Content-Type");
        query.Headers.TryAddWithoutValidation("Content-Type", contentType);
        (await host.SendAsync(HttpMethod.Post, "/api/v1/query", TokenScope.Query, query)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_form_with_one_picture_is_that_picture()
    {
        (await host.SendAsync(HttpMethod.Put, "/api/v1/images/shop/form.png", body: Form(("whatever.png", Picture)))).Status.ShouldBe(201);
        (await host.StatAsync("shop/form.png"))!.Size.ShouldBe(Picture.Length);

        var two = await host.SendAsync(HttpMethod.Put, "/api/v1/images/shop/form.png", body: Form(("1.png", Picture), ("2.png", Picture)));
        (two.Status, two.Body.GetProperty("hint").GetString()).ShouldBe((400, "POST /api/v1/images takes many."));
        (await host.SendAsync(HttpMethod.Put, "/api/v1/images/shop/form.png", body: Form())).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Each_picture_of_a_form_has_its_own_outcome()
    {
        await host.PutAsync("shop/many/there.png", Picture);
        var form = Form(
            ("과일.png", Picture), ("there.png", Picture), ("text.png", "plain text"u8.ToArray()), ("../out.png", Picture),
            ("large.png", [.. Picture, .. new byte[2_000_000]]), ("last.png", Picture));
        form.Add(new StringContent("a field that is no file"), "note");

        var (status, body, _) = await host.SendAsync(HttpMethod.Post, "/api/v1/images?prefix=shop/many/&wait=0.1s", body: form, ifNoneMatch: "*");

        status.ShouldBe(200, body.ToString());
        body.GetProperty("results").EnumerateArray().Select(Outcome).ShouldBe(
            [
                "과일.png 202 shop/many/과일.png", "there.png 412 precondition_failed", "text.png 415 not_an_image", "../out.png 400 bad_request",
                "large.png 413 too_large", "last.png 202 shop/many/last.png",
            ]);
        (await host.StatAsync("shop/many/과일.png")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_form_that_ends_early_keeps_what_came_before()
    {
        var whole = Form(("1.png", Picture), ("2.png", Picture));
        var bytes = await whole.ReadAsByteArrayAsync();
        var cut = new ByteArrayContent(bytes[..^(Picture.Length / 2 + 60)]) { Headers = { ContentType = whole.Headers.ContentType } };

        var (status, body, _) = await host.SendAsync(HttpMethod.Post, "/api/v1/images?prefix=shop/cut/", body: cut);

        status.ShouldBe(200, body.ToString());
        body.GetProperty("results").EnumerateArray().Select(Outcome).ShouldBe(["1.png 201 shop/cut/1.png", " 400 bad_request"]);
        (await host.StatAsync("shop/cut/2.png")).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_no_form_is_answered_with_what_to_send()
    {
        var json = new StringContent("{}", Encoding.UTF8, "application/json");
        foreach (var body in new HttpContent?[] { null, new ByteArrayContent(Picture), json, Form() })
        {
            var (status, problem, _) = await host.SendAsync(HttpMethod.Post, "/api/v1/images?prefix=shop/", body: body);
            status.ShouldBe(400);
            problem.GetProperty("hint").GetString()!.ShouldContain("curl -F file=@");
        }
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_refused_and_the_others_are_stored()
    {
        byte[] body =
        [
            .. "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\""u8, 0xB0, 0xFA, .. ".png\"\r\n\r\n"u8, .. Picture,
            .. "\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"euc.png\"\r\n\r\n"u8, .. Picture, .. "\r\n--x--\r\n"u8,
        ];
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");

        var results = (await host.SendAsync(HttpMethod.Post, "/api/v1/images?prefix=shop/", body: content)).Body.GetProperty("results");

        results.EnumerateArray().Select(r => r.GetProperty("status").GetInt32()).ShouldBe([400, 201]);
    }

    [Theory]
    [InlineData("shop/x.png?wait=61s", null, "'wait' is a time from 0s to 60s, not '61s'.")]
    [InlineData("shop/x.png?wait=-1", null, "'wait' is a time from 0s to 60s, not '-1'.")]
    [InlineData("shop/x.png", "\"e1\"", "'If-None-Match' is '*' or not there")]
    public async Task A_wrong_parameter_is_named_with_what_is_allowed_and_nothing_is_stored(string address, string? ifNoneMatch, string reason)
    {
        var (status, problem, _) = await host.PutAsync(address, Picture, ifNoneMatch: ifNoneMatch);

        (status, problem.GetProperty("message").GetString()).ShouldSatisfyAllConditions(
            r => r.status.ShouldBe(400), r => r.Item2!.ShouldContain(reason));
        (await host.StatAsync("shop/x.png")).ShouldBeNull();
    }

    [Theory]
    [InlineData("shop%2Fone.png", 201)]
    [InlineData("shop/%B0%FA%C0%CF.png", 400)]
    [InlineData("shop/100%.png", 400)]
    [InlineData("shop/../one.png", 400)]
    [InlineData("shop%2F..%2Fone.png", 400)]
    [InlineData("shop/file.png/x.png", 400)]
    [InlineData("shop/folder", 400)]
    [InlineData("shop/LONG.png", 400)]
    [InlineData("shop/.hidden.png", 400)]
    [InlineData("s3:%2F%2Fnowhere/one.png", 404)]
    public async Task One_key_has_one_address_and_what_can_never_be_stored_is_the_clients_error(string address, int expected)
    {
        await host.PutAsync("shop/file.png", Picture);
        await host.PutAsync("shop/folder/1.png", Picture);

        var path = address.Replace("LONG", new string('a', 300), StringComparison.Ordinal);
        var (status, answer) = await RawHttp.SendAsync(
            host.Address,
            $"PUT /api/v1/images/{path} HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: {Picture.Length}\n"
            + $"Authorization: Bearer {host.Secret(TokenScope.Write)}", Picture);

        status.ShouldBe(expected, answer);
        answer.ShouldNotContain(host.Folder);
        answer.ShouldNotContain("/proc/");
        (await host.StatAsync("shop%2Fone.png")).ShouldBeNull();
        if (expected == 201)
            (await host.StatAsync("shop/one.png")).ShouldNotBeNull();
    }

    private static MultipartFormDataContent Form(params (string Name, byte[] Content)[] files)
    {
        var form = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach (var (name, content) in files)
        {
            // As browsers and curl write it
            var part = new ByteArrayContent(content);
            part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"file\"; filename=\"{name}\"");
            form.Add(part);
        }
        return form;
    }

    private static string Outcome(JsonElement result)
    {
        var problem = result.GetProperty("problem");
        var what = problem.ValueKind == JsonValueKind.Object ? problem.GetProperty("code") : result.GetProperty("image").GetProperty("path");
        return $"{result.GetProperty("name")} {result.GetProperty("status")} {what}";
    }
}
