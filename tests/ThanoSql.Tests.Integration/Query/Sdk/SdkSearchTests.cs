using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Planning.Pictures;
using ThanoSql.Query.Sdk.Search;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query.Pictures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>Search of the older clients, whose answers are zip files of pictures; and the address of GraphQL.</summary>
public sealed class SdkSearchTests(SdkSearchTests.Host host) : IClassFixture<SdkSearchTests.Host>
{
    // A red PNG of 8 x 8 pixels
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC");

    private readonly string _name = $"t_{Guid.NewGuid():N}";

    [Fact]
    public async Task Pictures_of_a_keyword_come_as_a_zip_file()
    {
        using var sdk = Sdk(TokenScope.Query);
        await TableAsync("과일.png", "b.png", "gone.png", "secret.txt");
        await host.DeleteAsync($"{_name}/gone.png");
        await host.WriteAsync($"{_name}/secret.txt", "no picture"u8.ToArray());
        var address = $"/api/v1/search/text/?table_name={_name}&model_name=groups&column_name=im'age";

        foreach (var method in new[] { "post", "get" })
        {
            var found = await sdk.SendAsync(method, $"{address}&text=과일");
            found.Status.ShouldBe(200, found.Text);
            Names(found).ShouldBe([$"{_name}/b.png", $"{_name}/과일.png"], ignoreOrder: true);
            found.Disposition!.ShouldContain("search.zip");
        }

        (await sdk.SendAsync("post", $"{address}&text=소고기")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", $"{address}&text=x\\' OR 1")).Error.Message.ShouldContain("x\\' OR 1");
        (await sdk.SendAsync("post", address)).Error.Message.ShouldContain("'text'");
        (await sdk.SendAsync("post", $"{address.Replace("groups", "none' AS")}&text=a")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("post", $"{address.Replace(_name, "nowhere")}&text=과일")).Error.Code.ShouldBe(404);
    }

    [Fact]
    public async Task Pictures_like_one_that_is_sent_come_nearest_first_and_it_is_not_stored()
    {
        using var sdk = Sdk(TokenScope.Query);
        await TableAsync("near.png", "far.png", "other.png");
        await host.OwnerAsync($"""
            UPDATE thanosql.embedding e SET vector = CASE
                WHEN i.key LIKE '%near%' THEN '\x003c000000000000'::bytea
                WHEN i.key LIKE '%other%' THEN '\x003c003c00000000' ELSE '\x0000003c00000000' END
            FROM thanosql.image i WHERE i.content_id = e.content_id AND starts_with(i.key, '{_name}')
            """);
        var address = $"/api/v1/search/file/?table_name={_name}&model_name=groups&column_name=im'age";

        var found = await sdk.UploadAsync(address, "asked.png", Picture);

        found.Status.ShouldBe(200, found.Text);
        Names(found).ShouldBe([$"{_name}/near.png", $"{_name}/other.png", $"{_name}/far.png"]);
        (await host.RowsAsync("SELECT key FROM thanosql.image WHERE key LIKE '%asked%'")).ShouldBeEmpty();
        (await sdk.UploadAsync(address, "asked.png", "no picture"u8.ToArray())).Status.ShouldBe(415);
        (await sdk.UploadAsync(address.Replace("groups", "none"), "asked.png", Picture)).Error.Code.ShouldBe(404);
        (await sdk.UploadAsync(address.Replace("im'age", "other"), "asked.png", Picture)).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", address)).Error.Code.ShouldBe(400);
    }

    [Fact]
    public async Task A_token_that_only_searches_gets_no_pictures_themselves()
    {
        using var sdk = Sdk(TokenScope.Search);
        const string parameters = "?table_name=shop&model_name=groups&column_name=image_path&text=과일";

        (await sdk.SendAsync("post", $"/api/v1/search/text/{parameters}")).Error.Code.ShouldBe(403);
        (await sdk.UploadAsync($"/api/v1/search/file/{parameters}", "a.png", Picture)).Error.Code.ShouldBe(403);
    }

    [Fact]
    public async Task GraphQL_says_where_tables_are_told()
    {
        using var sdk = Sdk(TokenScope.Query);

        var refusal = (await sdk.SendAsync("post", "/api/graphql", new { query = "{ publicCatalogData { name } }" })).Error;

        refusal.Code.ShouldBe(422);
        refusal.Message.ShouldContain("/api/v1/table");
    }

    private static List<string> Names(SdkReply reply)
    {
        using var zip = new ZipArchive(new MemoryStream(reply.Content));
        foreach (var entry in zip.Entries)
        {
            using var content = entry.Open();
            ImageSignature.Recognise(new BinaryReader(content).ReadBytes((int)entry.Length)).ShouldBe(ImageFormat.Png);
        }
        return [.. zip.Entries.Select(e => e.FullName)];
    }

    // Rows of pictures that are in the store and in the index, each another content
    private async Task TableAsync(params string[] files)
    {
        var rows = string.Join(", ", files.Select(file => $"('{_name}/{file}')"));
        foreach (var statement in new[] { $"CREATE TABLE {_name} (\"im'age\" text)", $"INSERT INTO {_name} VALUES {rows}" })
            (await host.QueryAsync(statement)).Status.ShouldBe(200);
        foreach (var file in files)
        {
            await host.WriteAsync($"{_name}/{file}", Picture);
            await host.IndexAsync($"{_name}/{file}", _name + file);
        }
    }

    private SdkCalls Sdk(TokenScope scope) => new(host, host.Secret(scope));

    /// <summary>Without weights: what is sent has the embedding [1, 0, 0, 0].</summary>
    public sealed class Host(RealServers servers) : PictureHost(servers)
    {
        protected override void AddStore(IServiceCollection services)
        {
            base.AddStore(services);
            services.AddOptions<SimilarityOptions>();
            services.AddSingleton<SimilarContents>();
            services.AddSingleton<EmbedPicture>((picture, _, _) =>
            {
                ImageSignature.Recognise(picture);
                return Task.FromResult(new float[] { 1, 0, 0, 0 });
            });
            services.AddSingleton(provider => new PictureMeans(
                provider.GetRequiredService<PictureCatalog>(), (_, _, _) => throw new NotSupportedException(), (_, _, _, _) => Task.CompletedTask,
                provider.GetRequiredService<SimilarContents>().NearestAsync));
        }

        public async Task WriteAsync(string key, byte[] content)
        {
            await Store.EnsureBucketAsync(Bucket, CancellationToken.None);
            using var stream = new MemoryStream(content);
            await Store.WriteAsync(new ObjectPath(Bucket, key), stream, null, CancellationToken.None);
        }

        public Task DeleteAsync(string key) => Store.DeleteAsync(new ObjectPath(Bucket, key), CancellationToken.None);
    }
}
