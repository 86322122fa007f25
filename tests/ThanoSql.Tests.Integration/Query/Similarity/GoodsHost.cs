using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Integration.Query.Similarity;

/// <summary>
/// The query service over the pictures of <see cref="Goods"/>, looked at with the bundled trunk. The table <c>goods</c> has a row of each picture,
/// <c>stock</c> has one of the same pictures.
/// </summary>
public sealed class GoodsHost(RealServers servers) : QueryHost(servers), IAsyncLifetime
{
    private const string Pipelines = """
        { name: TABLE, prefix: TABLE/, table: TABLE, model: { name: groups }, synonyms: { 과일: [fruit] },
          search: { columns: [price, name], filters: [price, name] } }
        """;

    /// <summary>The number of the trunk.</summary>
    public int Space { get; private set; }

    protected override IReadOnlyDictionary<string, string> Settings => Vision!;

    private Dictionary<string, string?> Vision => new()
    {
        ["Vision:Provider"] = "cpu",
        ["Models:Folder"] = Path.Combine(Folder, ".models"),
        ["Models:BundledFolder"] = Path.Combine(Repository.Root, "models", "base"),
        ["Models:Download"] = "false",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var space = await Services.GetRequiredService<EmbeddingSpaces>().OpenAsync("ConvNeXt_Atto", new Preprocessing(96), CancellationToken.None);
        Space = space.TrunkId;
        await ServeModelAsync("groups");
        await OwnerAsync($"UPDATE thanosql.model_version SET trunk_id = {Space}; DELETE FROM thanosql.trunk WHERE key = 't'");
        await EmptyPartition.CreateAsync(
            Owner, await OwnerAsync<long>("SELECT current_version_id FROM thanosql.model"), CancellationToken.None);
        foreach (var table in new[] { "goods", "stock" })
        {
            await OwnerAsync($"""
                CREATE TABLE public.{table} (
                    image_path text, price integer, name text,
                    keyword text, keyword_score real, keyword_version integer, keyword_source text);
                CREATE INDEX ON public.{table} (image_path)
                """);
        }
        await Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [.. new[] { "goods", "stock" }.Select(table => PipelineFile.Parse(
                Pipelines.Replace("TABLE", table, StringComparison.Ordinal), "p.yaml", "workspace"))],
            CancellationToken.None);
        await OwnerAsync("ALTER TABLE public.goods DISABLE TRIGGER USER; ALTER TABLE public.stock DISABLE TRIGGER USER");
        await Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
        var price = 0;
        foreach (var thing in Goods.Things)
        {
            var keyword = thing is "disc" or "stripes" ? "과일" : "채소";
            await AddAsync("goods", $"goods/{thing}.png", Goods.Of(thing), ++price, keyword);
            await AddAsync("goods", $"goods/{thing}-again.jpg", Goods.CompressedAgain(thing), ++price, keyword);
            await AddAsync("goods", $"goods/{thing}-small.jpg", Goods.Smaller(thing), ++price, keyword);
            await AddAsync("goods", $"goods/new/{thing}-cropped.png", Goods.Cropped(thing), ++price, "생선");
        }
        await AddAsync("stock", "stock/disc.png", Goods.Of("disc"), 1, "과일");
    }

    /// <summary>
    /// A picture of the store that was looked at, and a row that shows it. Its second keyword is 채소, or 과일 where that is the first.
    /// </summary>
    public async Task AddAsync(string table, string path, byte[] picture, int price, string keyword)
    {
        await StoreAsync(path, picture);
        await LookAsync(path);
        var name = path[(path.LastIndexOf('/') + 1)..];
        await OwnerAsync($"""
            INSERT INTO public.{table} VALUES ('{path}', {price}, '{name}', '{keyword}', 0.5, 1, 'model');
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT m.current_version_id, i.content_id, k.rank, k.keyword, k.score FROM thanosql.model m, thanosql.image i,
                (VALUES (1, '{keyword}', 0.5), (2, CASE '{keyword}' WHEN '채소' THEN '과일' ELSE '채소' END, 0.2)) AS k (rank, keyword, score)
            WHERE i.key = '{path}' AND m.name = 'groups' ON CONFLICT DO NOTHING
            """);
    }

    public async Task StoreAsync(string path, byte[] picture)
    {
        using var content = new MemoryStream(picture);
        await Store.EnsureBucketAsync("workspace", CancellationToken.None);
        await Store.WriteAsync(new ObjectPath("workspace", path), content, null, CancellationToken.None);
    }

    public Task LookAsync(string path) => Services.GetRequiredService<ImageEmbedder>().EnsureAsync(
        [new ObjectPath("workspace", path)], Space, views: 1, progress: null, CancellationToken.None);

    public static string Hash(byte[] picture) => Convert.ToHexStringLower(SHA256.HashData(picture));

    /// <summary>A client whose token is for some pages only.</summary>
    public async Task<HttpClient> RestrictedAsync(TokenRestrictions restrictions)
    {
        var (_, secret) = await Services.GetRequiredService<TokenCatalog>().CreateAsync(
            new NewToken($"{Guid.NewGuid():N}", TokenScope.Search, null, restrictions), "test", CancellationToken.None);
        return ClientOf(secret);
    }

    /// <summary>Status and JSON; a picture is posted.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(string address, byte[]? picture = null, HttpClient? by = null)
    {
        using var own = by is null ? Client(TokenScope.Search) : null;
        using var request = new HttpRequestMessage(
            picture is null ? HttpMethod.Get : HttpMethod.Post, new Uri($"/api/v1/{address}", UriKind.Relative));
        if (picture is not null)
            request.Content = new ByteArrayContent(picture) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
        using var reply = await (by ?? own!).SendAsync(request);
        return ((int)reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>());
    }

    protected override void AddStore(IServiceCollection services)
    {
        base.AddStore(services);
        services.AddEmbedding(new ConfigurationBuilder().AddInMemoryCollection(Vision).Build());
    }
}
