using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Integration.Query.Pictures;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>The SDK's <c>client.file</c>, before and from 1.0.0.</summary>
public sealed class SdkFilesTests(PictureHost host) : IClassFixture<PictureHost>
{
    private const string Contents = "/fm/api/v1/contents";

    // A red PNG of 8 x 8 pixels
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC");

    private readonly string _folder = $"f_{Guid.NewGuid():N}";

    [Fact]
    public async Task A_picture_is_stored_shown_downloaded_and_deleted()
    {
        using var sdk = Sdk();
        var folder = (await sdk.SendAsync("post", $"{Contents}/{_folder}")).Body.GetProperty("content_info");
        folder.GetProperty("type").GetString().ShouldBe("directory");

        var stored = (await sdk.UploadAsync($"{Contents}/{_folder}", "빨강.tar.jpeg", Picture)).Body;
        var info = stored.GetProperty("content_info");
        info.GetProperty("name").GetString().ShouldBe("빨강.tar");
        info.GetProperty("format").GetString().ShouldBe(".jpeg");
        info.GetProperty("type").GetString().ShouldBe("file");
        info.GetProperty("path").GetString().ShouldBe($"{_folder}/빨강.tar.jpeg");
        info.GetProperty("size").GetInt64().ShouldBe(Picture.Length);
        stored.GetProperty("root").GetString().ShouldNotBeNullOrEmpty();
        _ = (await sdk.UploadAsync($"{Contents}/{_folder}/b", "1.png", Picture)).Body;

        var listed = (await sdk.SendAsync("get", $"{Contents}/{_folder}")).Body.GetProperty("content_info").GetProperty("content").EnumerateArray();
        listed.Select(e => (e.GetProperty("path").GetString(), e.GetProperty("type").GetString()))
            .ShouldBe([($"{_folder}/b", "directory"), ($"{_folder}/빨강.tar.jpeg", "file")]);
        (await sdk.SendAsync("get", Contents)).Body.GetProperty("content_info").GetProperty("content").EnumerateArray()
            .ShouldContain(e => e.GetProperty("path").GetString() == _folder);

        var download = await sdk.SendAsync("get", $"{Contents}/{_folder}/빨강.tar.jpeg?option=download");
        download.Content.ShouldBe(Picture);
        download.Disposition!.Split("filename=")[1].ShouldBe("--.tar.jpeg");

        (await sdk.SendAsync("delete", $"{Contents}/{_folder}")).Error.Code.ShouldBe(400, "it is a folder with files");
        (await sdk.SendAsync("delete", $"{Contents}/{_folder}/빨강.tar.jpeg")).Status.ShouldBe(204);
        (await sdk.SendAsync("delete", $"{Contents}/{_folder}/빨강.tar.jpeg")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("get", $"{Contents}/{_folder}/빨강.tar.jpeg")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("get", $"{Contents}/{_folder}/nothing")).Error.Code.ShouldBe(404);
    }

    [Theory]
    [InlineData("get", "..%2F..%2Fetc%2Fpasswd")]
    [InlineData("get", "a%2F.%2Fb")]
    [InlineData("get", "/etc/passwd")]
    [InlineData("get", "s3%3A%2F%2Fother/a.png")]
    [InlineData("get", ".thanosql-store")]
    [InlineData("delete", ".thanosql-store")]
    [InlineData("delete", "a%2F..%2Fb")]
    [InlineData("post", "a%2F..%2Fb")]
    [InlineData("get", "%00")]
    public async Task No_path_leads_out_of_the_workspace(string method, string path)
    {
        using var sdk = Sdk();

        var reply = await sdk.SendAsync(method, $"{Contents}/{path}");

        reply.Status.ShouldBeInRange(400, 404, reply.Text);
        if (method != "get")
            return;
        (await sdk.SendAsync("get", $"{Contents}/{path}?option=download")).Status.ShouldBeInRange(400, 404);
    }

    [Theory]
    [InlineData("../a.png")]
    [InlineData("b/a.png")]
    [InlineData("..")]
    [InlineData("a\\b.png")]
    public async Task A_file_name_is_no_path(string name)
    {
        using var sdk = Sdk();

        (await sdk.UploadAsync($"{Contents}/{_folder}", name, Picture)).Error.Code.ShouldBe(400);
        (await sdk.UploadAsync($"/api/v1/file/?dir={_folder}", name, Picture)).Error.Code.ShouldBe(400);
    }

    [Fact]
    public async Task What_is_stored_are_pictures_and_tables_as_large_as_they_may_be()
    {
        using var sdk = Sdk();

        (await sdk.UploadAsync(Contents, "a.exe", "MZ"u8.ToArray())).Status.ShouldBe(415);
        (await sdk.UploadAsync(Contents, "a.png", "<svg/>"u8.ToArray())).Status.ShouldBe(415);
        (await sdk.UploadAsync(Contents, "large.png", [.. Picture, .. new byte[3_000_000]])).Error.Code.ShouldBe(413);
        _ = (await sdk.UploadAsync(Contents, $"{_folder}.csv", "name\n사과\n"u8.ToArray())).Body;

        (await host.QueryAsync($"COPY {_folder} FROM '{_folder}.csv'")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_picture_under_a_pipelines_prefix_is_known_at_once()
    {
        using var sdk = Sdk();

        _ = (await sdk.UploadAsync($"{Contents}/shop", $"{_folder}.png", Picture)).Body;

        (await host.RowsAsync($"SELECT state FROM thanosql.image WHERE key = 'shop/{_folder}.png'")).ShouldBe(["pending"]);
        (await sdk.SendAsync("delete", $"{Contents}/shop/{_folder}.png")).Status.ShouldBe(204);
        (await host.RowsAsync($"SELECT state FROM thanosql.image WHERE key = 'shop/{_folder}.png'")).ShouldBeEmpty();
        (await host.RowsAsync($"SELECT who FROM thanosql.audit WHERE subject LIKE '%shop/{_folder}.png'")).ShouldBe(["token write"]);
    }

    [Fact]
    public async Task The_older_addresses_keep_to_drive()
    {
        using var sdk = Sdk();
        var stored = (await sdk.UploadAsync($"/api/v1/file/?dir={_folder}", "a.jpeg", Picture)).Body.GetProperty("data");
        stored.GetProperty("file_path").GetString().ShouldBe($"drive/{_folder}/a.jpeg");
        stored.GetProperty("table_name").ValueKind.ShouldBe(JsonValueKind.Null);
        _ = (await sdk.UploadAsync($"/api/v1/file/?dir=drive/{_folder}/b", "c.jpeg", Picture)).Body;
        (await sdk.UploadAsync($"/api/v1/file/?dir={_folder}&if_exists=fail", "a.jpeg", Picture)).Error.Code.ShouldBe(409);
        (await sdk.UploadAsync("/api/v1/file/?dir=..", "a.jpeg", Picture)).Error.Code.ShouldBe(400);

        (await FindAsync(sdk, $"drive/{_folder}/*")).ShouldBe([$"drive/{_folder}/a.jpeg", $"drive/{_folder}/b"]);
        (await FindAsync(sdk, $"drive/{_folder}/*/?.jp*g")).ShouldBe([$"drive/{_folder}/b/c.jpeg"]);
        (await FindAsync(sdk, $"drive/{_folder}/b")).ShouldBe([$"drive/{_folder}/b"]);
        (await FindAsync(sdk, $"drive/{_folder}/x*")).ShouldBeEmpty();
        (await sdk.SendAsync("get", $"/api/v1/file/?search_path={_folder}")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("get", "/api/v1/file/?search_path=drive/../*")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("get", "/api/v1/file/list/?file_path=drive/*")).Status.ShouldBe(200);

        (await sdk.SendAsync("delete", "/api/v1/file/?file_path=shop/a.png")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("delete", $"/api/v1/file/?file_path=drive/{_folder}/no.jpeg")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("delete", $"/api/v1/file/?file_path=drive/{_folder}/a.jpeg")).Body.TryGetProperty("message", out _).ShouldBeTrue();
        (await FindAsync(sdk, $"drive/{_folder}/a.jpeg")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_row_is_written_with_its_file_or_neither_is()
    {
        using var sdk = Sdk();
        (await host.QueryAsync($"CREATE TABLE {_folder} (name text, price int)")).Status.ShouldBe(200);
        string Address(string table, string column) =>
            $"/api/v1/file/?db_commit=True&table_name={table}&column_name={column}&schema=public&dir={_folder}";

        (await sdk.UploadAsync(Address("nowhere", "name"), "a.jpeg", Picture)).Error.Code.ShouldBe(404);
        (await sdk.UploadAsync(Address(_folder, "other"), "a.jpeg", Picture)).Error.Code.ShouldBe(404);
        (await sdk.UploadAsync(Address(_folder, "price"), "a.jpeg", Picture)).Error.Code.ShouldBe(400);
        (await sdk.UploadAsync(Address(_folder, "name)%20VALUES%20(1);--"), "a.jpeg", Picture)).Error.Code.ShouldBe(404);
        (await sdk.UploadAsync("/api/v1/file/?db_commit=True", "a.jpeg", Picture)).Error.Message.ShouldContain("table_name");
        (await FindAsync(sdk, $"drive/{_folder}/*")).ShouldBeEmpty();

        var stored = (await sdk.UploadAsync(Address(_folder, "name"), "a.jpeg", Picture)).Body.GetProperty("data");
        stored.GetProperty("table_name").GetString().ShouldBe(_folder);
        stored.GetProperty("column_name").GetString().ShouldBe("name");
        (await host.RowsAsync($"SELECT name FROM {_folder}")).ShouldBe([$"drive/{_folder}/a.jpeg"]);

        var gone = $"/api/v1/file/?file_path=drive/{_folder}/a.jpeg&db_commit=True&column_name=name&table_name=";
        (await sdk.SendAsync("delete", gone + "nowhere")).Error.Code.ShouldBe(404);
        _ = (await sdk.SendAsync("delete", gone + _folder)).Body;
        (await host.RowsAsync($"SELECT name FROM {_folder}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_table_that_a_pipeline_fills_takes_its_picture_and_row_together()
    {
        using var sdk = Sdk();
        const string parameters = "db_commit=True&table_name=shop&column_name=image_path";

        _ = (await sdk.UploadAsync($"/api/v1/file/?{parameters}&dir={_folder}", "a.png", Picture)).Body;
        (await host.RowsAsync($"SELECT count(*) FROM shop WHERE image_path = 'drive/{_folder}/a.png'")).ShouldBe(["1"]);
        _ = (await sdk.SendAsync("delete", $"/api/v1/file/?{parameters}&file_path=drive/{_folder}/a.png")).Body;

        (await host.RowsAsync($"SELECT count(*) FROM shop WHERE image_path = 'drive/{_folder}/a.png'")).ShouldBe(["0"]);
    }

    [Fact]
    public async Task The_first_generation_inserts_a_picture()
    {
        using var sdk = Sdk();
        (await host.QueryAsync($"CREATE TABLE {_folder} (image text)")).Status.ShouldBe(200);

        var stored = (await sdk.UploadAsync($"/api/v1/insert?table_name={_folder}&column_name=image", $"{_folder}.jpg", Picture)).Body;
        (await sdk.UploadAsync("/api/v1/insert/", "a.jpg", Picture)).Error.Code.ShouldBe(400);

        stored.GetProperty("data").GetProperty("file_path").GetString().ShouldBe($"drive/image/{_folder}.jpg");
        (await host.RowsAsync($"SELECT image FROM {_folder}")).ShouldBe([$"drive/image/{_folder}.jpg"]);
    }

    [Fact]
    public async Task Of_many_that_store_one_new_file_at_once_one_does()
    {
        using var sdk = Sdk();
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            sdk.UploadAsync($"/api/v1/file/?dir={_folder}&if_exists=fail", "a.png", Picture)));

        replies.Count(r => r.Status == 200).ShouldBe(1);
        replies.Where(r => r.Status != 200).ShouldAllBe(r => r.Error.Code == 409);
    }

    [Fact]
    public async Task A_token_does_what_its_scope_says()
    {
        using var reader = Sdk(TokenScope.Query);
        using var searcher = Sdk(TokenScope.Search);

        (await reader.UploadAsync(Contents, "a.png", Picture)).Error.Code.ShouldBe(403);
        (await reader.SendAsync("post", $"{Contents}/{_folder}")).Error.Code.ShouldBe(403);
        (await reader.SendAsync("delete", $"{Contents}/a.png")).Error.Code.ShouldBe(403);
        (await reader.UploadAsync("/api/v1/file/", "a.png", Picture)).Error.Code.ShouldBe(403);
        (await reader.UploadAsync("/api/v1/insert/?table_name=a&column_name=b", "a.png", Picture)).Error.Code.ShouldBe(403);
        (await reader.SendAsync("get", Contents)).Body.GetProperty("content_info").GetProperty("writable").GetBoolean().ShouldBeFalse();
        (await searcher.SendAsync("get", Contents)).Error.Code.ShouldBe(403);
        (await searcher.SendAsync("get", "/api/v1/file/?search_path=drive/*")).Error.Code.ShouldBe(403);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nhalf")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n1\r\n--x--\r\n")]
    public async Task A_damaged_form_is_refused(string body)
    {
        using var sdk = Sdk();
        HttpContent Form() =>
            new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { { "Content-Type", "multipart/form-data; boundary=x" } } };

        (await sdk.SendAsync("post", "/api/v1/file/", Form())).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", $"{Contents}/{_folder}", Form())).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", "/api/v1/table/x/upload/csv", Form())).Error.Code.ShouldBe(400);
    }

    private SdkCalls Sdk(TokenScope scope = TokenScope.Write) => new(host, host.Secret(scope));

    private static async Task<string[]> FindAsync(SdkCalls sdk, string pattern)
    {
        var body = (await sdk.SendAsync("get", $"/api/v1/file/?search_path={pattern.Replace("?", "%3F")}")).Body;
        return JsonSerializer.Deserialize<string[]>(body.GetProperty("data").GetProperty("matched_pathnames").GetString()!)!;
    }
}
