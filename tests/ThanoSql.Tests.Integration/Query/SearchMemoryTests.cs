using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>
/// What search keeps in memory follows the catalog: in the service that changed it, in another one, and after every connection of both was cut.
/// </summary>
public sealed class SearchMemoryTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private WebApplication? _other;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await host.ServeModelAsync("groups");
        var clock = Stopwatch.StartNew();
        while (!await TryServeAsync("products"))
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        _other = await host.StartAsync();
    }

    public ValueTask DisposeAsync() => _other!.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revoked_token_is_refused_everywhere(bool cut)
    {
        var name = $"revoked {cut}";
        var secret = await host.CreateTokenAsync(name, TokenScope.Search);
        await EverywhereAsync(secret, "keyword=과일", answer => answer.Status == 200);

        await host.Services.GetRequiredService<TokenCatalog>().RevokeAsync(name, Cancel);
        if (cut)
            await CutAsync();

        await EverywhereAsync(secret, "keyword=과일", answer => answer.Status == 401);
    }

    [Theory]
    [InlineData(false, "새우")]
    [InlineData(true, "연어")]
    public async Task A_new_label_of_the_model_or_a_person_is_found_everywhere(bool cut, string word)
    {
        var secret = host.Secret(TokenScope.Search);
        var query = $"keyword={word}&keyword={word}튀김";
        await EverywhereAsync(secret, query, answer => answer.Status == 200 && Keywords(answer.Body) == "");

        await host.OwnerAsync($"UPDATE thanosql.model_version SET labels = labels || '{word}'::text");
        await host.OwnerAsync($"""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT pipeline_id, 'workspace', 'products/{word}.jpg', '{word}튀김', 'test' FROM thanosql.pipeline WHERE name = 'products'
            """);
        if (cut)
            await CutAsync();

        await EverywhereAsync(secret, query, answer => answer.Status == 200 && Keywords(answer.Body) == $"{word}, {word}튀김");
    }

    [Fact]
    public async Task A_new_pipeline_is_found_everywhere()
    {
        var secret = host.Secret(TokenScope.Search);
        await EverywhereAsync(secret, "keyword=과일", answer => answer.Status == 404, table: "shoes");

        await ServeAsync("shoes");

        await EverywhereAsync(secret, "keyword=과일", answer => answer.Status == 200, table: "shoes");
    }

    [Fact]
    public async Task A_table_that_is_changed_under_a_prepared_statement_is_searched_on()
    {
        var secret = host.Secret(TokenScope.Search);
        for (var i = 0; i < 4; i++)
            await EverywhereAsync(secret, "keyword=과일&price.lte=5&sort=price", answer => answer.Status == 200);

        await host.OwnerAsync("ALTER TABLE public.products ALTER price TYPE numeric, ALTER price SET NOT NULL");

        await EverywhereAsync(secret, "keyword=과일&price.lte=5.5&sort=price", answer => answer.Status == 200);
    }

    // A connection that another test cut may be found broken
    private async Task<bool> TryServeAsync(string table)
    {
        try
        {
            await ServeAsync(table);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task ServeAsync(string table)
    {
        await host.OwnerAsync($"""
            CREATE TABLE IF NOT EXISTS public.{table} (
                image_path text, price integer, keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        var definition = $$"""
            { name: {{table}}, prefix: {{table}}/, table: {{table}}, model: { name: groups },
              search: { columns: [price], filters: [price], sort: [price] } }
            """;
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [.. await OthersAsync(table), PipelineFile.Parse(definition, "p.yaml", "workspace")], Cancel);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancel);
    }

    private async Task<IEnumerable<PipelineDefinition>> OthersAsync(string table) =>
        (await host.Services.GetRequiredService<PipelineCatalog>().ListAsync(Cancel)).Select(p => p.Definition).Where(d => d.Table != table);

    // Every connection of the database but that which does it
    private async Task CutAsync()
    {
        await using var cut = host.Superuser.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await cut.ExecuteNonQueryAsync(Cancel);
        host.Owner.Clear();
    }

    private static string Keywords(JsonElement body) =>
        string.Join(", ", body.GetProperty("keywords").EnumerateArray().Select(k => k.GetString()));

    private async Task EverywhereAsync(
        string secret, string query, Func<(int Status, JsonElement Body), bool> expected, string table = "products")
    {
        foreach (var address in new[] { host.Address, new Uri(_other!.Urls.Single()) })
        {
            var clock = Stopwatch.StartNew();
            (int Status, JsonElement Body) answer;
            while (!expected(answer = await AskAsync(address, secret, $"table={table}&{query}")))
            {
                clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), $"{answer.Status} {answer.Body}");
                await Task.Delay(20, Cancel);
            }
        }
    }

    private static async Task<(int Status, JsonElement Body)> AskAsync(Uri service, string secret, string query)
    {
        using var client = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", secret) } };
        using var answer = await client.GetAsync(new Uri(service, $"/api/v1/search?{query}"), Cancel);
        using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(Cancel), default, Cancel);
        return ((int)answer.StatusCode, body.RootElement.Clone());
    }
}
