using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Labels;

/// <summary>
/// A shop with a label column of its own (at most 20 characters), and one without: pictures <c>shop/1.png</c>, <c>shop/2.png</c>, … and
/// <c>bare/1.png</c>, <c>bare/2.png</c>.
/// </summary>
public class LabelHost(RealServers servers) : QueryHost(servers)
{
    internal const string Shop = """
        name: shop
        prefix: shop/
        table: shop
        label_col: truth
        model: { name: groups }
        synonyms: { 과일: [fruit] }
        """;

    internal const string Bare = """
        name: bare
        prefix: bare/
        table: bare
        model: { name: groups }
        """;

    /// <summary>Everything as it was at first.</summary>
    /// <param name="pictures">Of the first shop.</param>
    public async Task ResetAsync(int pictures)
    {
        await OwnerAsync("""
            DROP TABLE IF EXISTS public.shop, public.bare;
            CREATE TABLE public.shop (image_path text, truth varchar(20));
            CREATE TABLE public.bare (image_path text);
            """);
        await ServeModelAsync("groups");
        await Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(Shop, "shop.yaml", "workspace"), PipelineFile.Parse(Bare, "bare.yaml", "workspace")], CancellationToken.None);
        await Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
        await OwnerAsync($"""
            DELETE FROM thanosql.label; DELETE FROM thanosql.label_word; DELETE FROM thanosql.image; DELETE FROM thanosql.content;
            INSERT INTO thanosql.content (sha256) SELECT sha256(convert_to(n::text, 'UTF8')) FROM generate_series(1, {pictures}) n;
            INSERT INTO thanosql.image (bucket, key, state, content_id)
                SELECT 'workspace', 'shop/' || n || '.png', 'indexed', (SELECT min(content_id) FROM thanosql.content) + n - 1
                FROM generate_series(1, {pictures}) n;
            INSERT INTO thanosql.image (bucket, key, state) VALUES ('workspace', 'bare/1.png', 'indexed'), ('workspace', 'bare/2.png', 'indexed');
            INSERT INTO public.shop SELECT 'shop/' || n || '.png' FROM generate_series(1, {pictures}) n;
            INSERT INTO public.bare VALUES ('bare/1.png'), ('bare/2.png');
            """);
    }

    /// <summary>Says what a picture shows, as a token.</summary>
    public async Task<JsonElement> SayAsync(string secret, string path, string? label)
    {
        using var client = ClientOf(secret);
        using var reply = await client.PutAsJsonAsync(
            new Uri($"/api/v1/labels/{path}", UriKind.Relative), new { label }, TestContext.Current.CancellationToken);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> GetAsync(string address)
    {
        using var client = Client(TokenScope.Query);
        return await client.GetFromJsonAsync<JsonElement>(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
    }
}

/// <summary>The same, where the first word stays in force until an administrator says otherwise.</summary>
public sealed class SettledLabelHost(RealServers servers) : LabelHost(servers)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } =
        new Dictionary<string, string> { ["Labels:Disagreement"] = "admin" };
}
