using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Access;

/// <summary>A query service over two tables, of which one holds the pictures of two folders, and restricted tokens.</summary>
public class ShopHost(RealServers servers) : QueryHost(servers), IAsyncLifetime
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ServeModelAsync("groups");
        foreach (var table in new[] { "products", "shoes" })
        {
            await OwnerAsync($"""
                CREATE TABLE public.{table} (
                    image_path text, price integer, keyword text, keyword_score real, keyword_version integer, keyword_source text)
                """);
        }
        await Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [.. new[] { "products", "shoes" }.Select(table => PipelineFile.Parse(
                $$"""
                { name: {{table}}, prefix: {{table}}/, table: {{table}}, model: { name: groups }, search: { filters: [price], sort: [price] } }
                """,
                "p.yaml", "workspace"))],
            CancellationToken.None);
        await OwnerAsync("""
            ALTER TABLE public.products DISABLE TRIGGER USER;
            INSERT INTO public.products
            SELECT p.path, n, p.keyword, 0.5, 1, 'model'
            FROM generate_series(1, 19) n, LATERAL (VALUES
                ('products/' || n || '.png', CASE WHEN n = 1 THEN '채소' ELSE '과일' END),
                ('products/summer/' || n || '.png', '과일')) p (path, keyword);
            INSERT INTO public.products VALUES
                ('./products/summer/1.png', 20, '과일', 0.4, 1, 'model'), ('/home/jovyan/products/summer/1.png', 21, '과일', 0.4, 1, 'model'),
                ('s3://workspace/products/summer/1.png', 22, '과일', 0.4, 1, 'model'),
                ('s3://other/products/summer/2.png', 23, '채소', 0.4, 1, 'model'), ('products/summer.png', 24, '채소', 0.4, 1, 'model'),
                (NULL, 25, '채소', 0.4, 1, 'model')
            """);
        await Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
        foreach (var key in new[] { "products/1.png", "products/summer/1.png" })
            await StoreAsync(key, TestPictures.GradientPng());
    }

    public async Task StoreAsync(string key, byte[] picture)
    {
        using var content = new MemoryStream(picture);
        await Store.EnsureBucketAsync("workspace", CancellationToken.None);
        await Store.WriteAsync(new ObjectPath("workspace", key), content, null, CancellationToken.None);
    }

    public async Task<HttpClient> RestrictedAsync(TokenRestrictions restrictions) => (await NamedAsync(restrictions)).Client;

    /// <summary>A client with a token of its own, and the token's name.</summary>
    public async Task<(HttpClient Client, string Name)> NamedAsync(TokenRestrictions restrictions)
    {
        var name = $"page {Guid.NewGuid():N}";
        var (_, secret) = await Services.GetRequiredService<TokenCatalog>().CreateAsync(
            new NewToken(name, TokenScope.Search, null, restrictions), "test", CancellationToken.None);
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return (client, name);
    }

    public async Task ChangeAsync(string name, Func<ApiToken, ApiToken> change) =>
        (await Services.GetRequiredService<TokenCatalog>().ChangeAsync(name, change, "test", CancellationToken.None)).ShouldNotBeNull();

    public async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Delay(50);
        }
    }
}
