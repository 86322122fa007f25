using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>CREATE TABLE … USING: what is refused before a picture is looked at.</summary>
public sealed class PictureTableTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Theory]
    [InlineData("CREATE TABLE t USING Color_Descriptor FROM 'photos'", 422, "not_supported", "Color_Descriptor")]
    [InlineData("CREATE TABLE t USING clip_en OPTIONS (data_type='image') FROM 'photos'", 422, "not_supported", "clip_en")]
    [InlineData("CREATE TABLE t USING similer FROM 'photos'", 404, "unknown_model", "similer")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (data_type='video') FROM 'photos'", 422, "not_supported", "video")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (file_type=['.jpg', '.mp4']) FROM 'photos'", 422, "not_supported", ".mp4")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (path_type='bucket') FROM 'photos'", 400, "option_out_of_range", "bucket")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (size=3) FROM 'photos'", 400, "unknown_option", "size")]
    [InlineData("CREATE TABLE t USING similar FROM 'no-such-folder'", 404, "not_found", "no-such-folder")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (file_type=['.webp']) FROM 'photos'", 404, "not_found", ".webp")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (path_type='file') FROM 'photos'", 404, "not_found", "photos")]
    [InlineData("CREATE TABLE t USING similar OPTIONS (path_type='file') FROM 'photos/notes.txt'", 404, "not_found", "notes.txt")]
    [InlineData("CREATE TABLE t USING similar FROM '../etc'", 400, "bad_request", "..")]
    [InlineData("CREATE TABLE t USING similar FROM 'photos/../../etc'", 400, "bad_request", "..")]
    [InlineData("CREATE TABLE t USING similar FROM 's3://nobody/photos'", 404, "not_found", "nobody")]
    [InlineData("CREATE TABLE thanosql.t USING similar FROM 'photos'", 403, "permission_denied", "thanosql")]
    [InlineData("CREATE TABLE there USING similar FROM 'photos'", 409, "already_exists", "'there'")]
    public async Task What_cannot_be_made_says_why_and_makes_nothing(string statement, int status, string code, string words)
    {
        await SceneAsync();

        var (answered, body) = await host.QueryAsync(statement);

        (answered, body.GetProperty("code").GetString()).ShouldBe((status, code), body.ToString());
        body.ToString().ShouldContain(words);
        (await host.OwnerAsync<bool>("SELECT to_regclass('public.t') IS NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_mistake_points_at_the_place_in_the_statement()
    {
        await SceneAsync();

        (await PositionAsync("CREATE TABLE t USING similer FROM 'photos'")).ShouldBe(21);
        (await PositionAsync("CREATE TABLE t USING similar FROM 'gone'")).ShouldBe(34);
        (await PositionAsync("CREATE TABLE there USING similar FROM 'photos'")).ShouldBe(13);
    }

    [Fact]
    public async Task It_needs_a_token_that_may_write()
    {
        await SceneAsync();

        (await host.QueryAsync("CREATE TABLE t USING similar FROM 'photos'", TokenScope.Query)).Status.ShouldBe(403);
    }

    [Fact]
    public async Task The_table_access_method_that_PostgreSQL_has_itself_is_its_own_business()
    {
        (await host.QueryAsync("CREATE TABLE heaped USING heap AS SELECT 1 AS n")).Status.ShouldBe(200);
        (await host.QueryAsync("CREATE TABLE columned (n int) USING heap")).Status.ShouldBe(200);

        (await host.RowsAsync("SELECT n FROM heaped")).GetProperty("data")[0][0].GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_link_out_of_the_store_is_not_listed()
    {
        await SceneAsync();
        var outside = Directory.CreateTempSubdirectory("thanosql-outside-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(outside, "secret.jpg"), [1], TestContext.Current.CancellationToken);
        var link = Path.Combine(host.Folder, "workspace", "linked-photos");
        Directory.CreateSymbolicLink(link, outside);
        try
        {
            var (status, body) = await host.QueryAsync("CREATE TABLE stolen USING similar FROM 'linked-photos'");

            status.ShouldBeOneOf(400, 404);
            body.ToString().ShouldNotContain("secret");
            (await host.OwnerAsync<bool>("SELECT to_regclass('public.stolen') IS NULL")).ShouldBeTrue();
        }
        finally
        {
            File.Delete(link);
            Directory.Delete(outside, recursive: true);
        }
    }

    private async Task<int> PositionAsync(string statement) =>
        (await host.QueryAsync(statement)).Body.GetProperty("position").GetProperty("offset").GetInt32();

    private async Task SceneAsync()
    {
        await host.ServeModelAsync("similar");
        await host.QueryAsync("CREATE TABLE IF NOT EXISTS there AS SELECT 1 AS n");
        await host.Store.EnsureBucketAsync("workspace", TestContext.Current.CancellationToken);
        foreach (var key in new[] { "photos/1.jpg", "photos/deep/2.PNG", "photos/notes.txt" })
        {
            using var bytes = new MemoryStream([1, 2, 3]);
            await host.Store.WriteAsync(new ObjectPath("workspace", key), bytes, null, TestContext.Current.CancellationToken);
        }
    }
}
