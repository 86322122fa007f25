using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>Words are the same words wherever they enter: decomposed, with what nobody sees, with a blank at the end, in other case.</summary>
public sealed class WordTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const string Decomposed = "\u1100\u116A\u110B\u1175\u11AF"; // 과일

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await host.OwnerAsync<bool>("SELECT to_regclass('public.words') IS NOT NULL"))
            return;
        await host.ServeModelAsync("groups");
        await host.OwnerAsync("""
            CREATE TABLE public.words (
                image_path text, my_label text, keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(
                $"{{ name: words, prefix: words/, table: words, label_col: my_label, model: {{ name: groups }}, "
                + $"synonyms: {{ \"{Decomposed}\": [fruit, \"열매 \", \"\u200B\"] }} }}", "p.yaml", "workspace")],
            Cancel);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(Decomposed)]
    [InlineData("과일\u200B ")]
    [InlineData("Fruit")]
    [InlineData("\u00A0FRUIT\uFEFF")]
    [InlineData("열매")]
    public async Task A_label_of_SQL_and_a_searched_word_are_the_same(string word)
    {
        await host.OwnerAsync($"DELETE FROM public.words; INSERT INTO public.words (image_path, my_label) VALUES ('words/1.jpg', '{word}')");

        (await host.OwnerAsync<string>("SELECT keyword FROM public.words")).ShouldBe("과일");
        using var client = host.Client(TokenScope.Search);
        var page = await client.GetFromJsonAsync<JsonElement>($"/api/v1/search?table=words&keyword={Uri.EscapeDataString(word)}", Cancel);
        page.GetProperty("keywords").ToString().ShouldBe("""["과일"]""");
        page.GetProperty("results").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("Apple", "apple", "Apple")] // as the first person wrote it
    [InlineData("Kiwi", "Kiwi\u200B", "Kiwi")]
    public async Task A_label_that_people_gave_is_given_again_whatever_its_case(string first, string second, string label)
    {
        await host.OwnerAsync($"INSERT INTO public.words (image_path, my_label) VALUES ('words/{label} 1.jpg', '{first}')");
        await host.OwnerAsync($"INSERT INTO public.words (image_path, my_label) VALUES ('words/{label} 2.jpg', '{second}')");

        (await host.OwnerAsync<string>($"SELECT keyword FROM public.words WHERE image_path = 'words/{label} 2.jpg'")).ShouldBe(label);
    }

    [Theory]
    [InlineData("fruti", "fruit")]
    [InlineData("과알", "과일")]
    public async Task The_nearest_word_may_be_a_synonym(string word, string nearest)
    {
        using var client = host.Client(TokenScope.Search);
        var page = await client.GetFromJsonAsync<JsonElement>($"/api/v1/search?table=words&keyword={word}", Cancel);

        page.GetProperty("unknown_keywords")[0].GetProperty("nearest").GetString().ShouldBe(nearest);
    }

    [Theory]
    [InlineData("Fruit")]
    [InlineData(Decomposed)]
    [InlineData("과일 ")]
    public async Task A_statement_takes_the_word_as_search_does(string word)
    {
        var (status, body) = await host.QueryAsync(
            $"SEARCH IMAGE USING groups OPTIONS (search_by='keyword', search_input='{word}') AS SELECT * FROM words", TokenScope.Query);

        status.ShouldBe(200, body.ToString());
    }

    [Fact]
    public async Task COPY_writes_composed_text()
    {
        var (status, body) = await host.QueryAsync(
            $"COPY copied OPTIONS (if_exists='replace') FROM '[{{\"{Decomposed}\": \"{Decomposed}\"}}]'");

        status.ShouldBe(200, body.ToString());

        (await host.OwnerAsync<string>("SELECT \"과일\" FROM public.copied")).ShouldBe("과일");
    }

    [Theory]
    [InlineData(Decomposed + "\u200B ", "과일")]
    [InlineData(" a \u3000\t b ", "a b")]
    [InlineData("e\u0301\u2060", "é")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public async Task The_catalog_and_the_program_agree_on_what_a_plain_word_is(string word, string plain)
    {
        (await host.OwnerAsync<string>($"SELECT thanosql.plain_word('{word}')")).ShouldBe(plain);
        PlainWord.Of(word).ShouldBe(plain);
    }
}
