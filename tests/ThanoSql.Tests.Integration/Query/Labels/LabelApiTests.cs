using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Labels;

/// <summary>A person knows better: labels over HTTP, in the index columns, in the shop's own column and in search.</summary>
public sealed class LabelApiTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const string Waiting = """
        name: later
        prefix: later/
        table: later
        model: { name: unborn }
        """;

    public async ValueTask InitializeAsync()
    {
        await host.OwnerAsync(
            "DROP TABLE IF EXISTS public.shop, public.bare; " +
            "CREATE TABLE public.shop (image_path text, truth varchar(20), price int); CREATE TABLE public.bare (image_path text)");
        await host.ServeModelAsync("groups");
        var pipelines = new[] { LabelHost.Shop, LabelHost.Bare, Waiting }.Select(p => PipelineFile.Parse(p, "pipeline.yaml", "workspace"));
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync([.. pipelines], CancellationToken.None);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
        await host.OwnerAsync(
            "DELETE FROM thanosql.label; DELETE FROM thanosql.image; DELETE FROM thanosql.content; " +
            "INSERT INTO thanosql.content (sha256) VALUES (sha256('one')), (sha256('two'))");
        await host.OwnerAsync("""
            INSERT INTO thanosql.image (bucket, key, state, content_id)
            SELECT 'workspace', k, 'indexed', (SELECT min(content_id) FROM thanosql.content)
                FROM unnest(ARRAY['shop/빨강 1.png', 'bare/1.png', 'later/1.png', 'elsewhere/1.png', 'named/1.png']) k;
            INSERT INTO public.shop VALUES ('./shop/빨강 1.png', NULL, 100);
            INSERT INTO public.bare VALUES ('bare/1.png'), ('named/1.png');
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_label_stands_at_once_in_the_index_columns_and_in_the_shops_own_column_and_is_found()
    {
        var (status, body) = await PutAsync("shop/빨강 1.png", "생선");

        status.ShouldBe(HttpStatusCode.OK);
        (body.GetProperty("path").GetString(), body.GetProperty("label").GetString()).ShouldBe(("shop/빨강 1.png", "생선"));
        (await RowsAsync("shop", "truth, keyword, keyword_score, keyword_source")).ShouldBe("생선|생선|1|person");
        (await RowsAsync("thanosql.labels", "pipeline, model, path, label, state, labelled_by")).ShouldBe(
            "shop|groups|shop/빨강 1.png|생선|confirmed|write");
        (await SearchAsync("shop", "생선")).ShouldBe(["./shop/빨강 1.png"]);
    }

    [Fact]
    public async Task A_synonym_becomes_its_label_and_a_label_that_the_model_does_not_know_is_found_too()
    {
        (await PutAsync("shop/빨강 1.png", "fruit")).Body.GetProperty("label").GetString().ShouldBe("과일");
        (await SearchAsync("shop", "fruit")).ShouldBe(["./shop/빨강 1.png"]);
        await host.OwnerAsync("UPDATE public.shop SET truth = 'fruit'");
        (await RowsAsync("shop", "truth, keyword")).ShouldBe("fruit|과일");

        await PutAsync("bare/1.png", "버섯");
        (await SearchAsync("bare", "버섯")).ShouldBe(["bare/1.png"]);
    }

    [Fact]
    public async Task A_label_is_taken_back_with_null()
    {
        await PutAsync("shop/빨강 1.png", "생선");
        await PutAsync("bare/1.png", "생선");

        (await PutAsync("shop/빨강 1.png", null)).Status.ShouldBe(HttpStatusCode.OK);
        (await PutAsync("bare/1.png", null)).Status.ShouldBe(HttpStatusCode.OK);

        (await RowsAsync("shop", "truth, keyword, keyword_source")).ShouldBe("||");
        (await RowsAsync("bare", "keyword")).ShouldBe(",");
        (await RowsAsync("thanosql.labels", "path")).ShouldBe("");
    }

    [Fact]
    public async Task Pictures_that_a_row_names_and_those_of_a_pipeline_that_waits_for_its_model_are_labelled_too()
    {
        (await PutAsync("named/1.png", "생선")).Body.GetProperty("pipelines")[0].GetString().ShouldBe("bare");
        (await PutAsync("later/1.png", "생선")).Body.GetProperty("pipelines")[0].GetString().ShouldBe("later");

        (await RowsAsync("bare", "keyword_source")).ShouldBe(",person");
    }

    [Fact]
    public async Task An_overwritten_pictures_label_is_listed_with_a_link_until_it_is_confirmed()
    {
        await PutAsync("bare/1.png", "생선");
        await host.OwnerAsync("UPDATE thanosql.image SET content_id = (SELECT max(content_id) FROM thanosql.content) WHERE key = 'bare/1.png'");
        await host.OwnerAsync("UPDATE thanosql.label SET state = 'to confirm'");

        using var client = host.Client(TokenScope.Query);
        var doubtful = await client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/labels?state=to%20confirm", UriKind.Relative));
        doubtful.GetArrayLength().ShouldBe(1);
        (doubtful[0].GetProperty("path").GetString(), doubtful[0].GetProperty("label").GetString()).ShouldBe(("bare/1.png", "생선"));
        doubtful[0].GetProperty("image_url").GetString().ShouldNotBeNull().ShouldStartWith("/images/bare/1.png?");

        await PutAsync("bare/1.png", "생선");
        (await client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/labels?state=to%20confirm", UriKind.Relative))).GetArrayLength().ShouldBe(0);
        (await RowsAsync("bare", "keyword")).ShouldBe(",생선");
    }

    [Fact]
    public async Task Wrong_labels_say_what_to_do()
    {
        (await PutAsync("elsewhere/1.png", "생선")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await PutAsync("shop/nowhere.png", "생선")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await PutAsync("shop/빨강 1.png", " ")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await PutAsync("shop/빨강 1.png", new string('x', 30))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await PutAsync("shop/빨강 1.png", "생선", TokenScope.Query)).Status.ShouldBe(HttpStatusCode.Forbidden);
        using var client = host.Client(TokenScope.Write);
        using var empty = await client.PutAsJsonAsync(new Uri("/api/v1/labels/bare/1.png", UriKind.Relative), new { });
        empty.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        (await RowsAsync("thanosql.labels", "path")).ShouldBe("");
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(string path, string? label, TokenScope scope = TokenScope.Write)
    {
        using var client = host.Client(scope);
        var address = $"/api/v1/labels/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
        using var reply = await client.PutAsJsonAsync(new Uri(address, UriKind.Relative), new { label });
        return (reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<List<string?>> SearchAsync(string table, string keyword)
    {
        using var client = host.Client(TokenScope.Search);
        var page = await client.GetFromJsonAsync<JsonElement>(
            new Uri($"/api/v1/search?table={table}&keyword={Uri.EscapeDataString(keyword)}", UriKind.Relative));
        return [.. page.GetProperty("results").EnumerateArray().Select(h => h.GetProperty("path").GetString())];
    }

    /// <summary>As a reading user sees it: rows parted by commas, in order.</summary>
    private async Task<string> RowsAsync(string table, string columns)
    {
        var rows = await host.RowsAsync($"SELECT {columns} FROM {table} ORDER BY 1", TokenScope.Query);
        return string.Join(
            ',',
            rows.GetProperty("data").EnumerateArray().Select(r => string.Join('|', r.EnumerateArray().Select(c => c.ToString()))).Order(
                StringComparer.Ordinal));
    }
}
