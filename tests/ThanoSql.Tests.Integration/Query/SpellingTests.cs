using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>A label is found in all its spellings, however it is asked for.</summary>
public sealed class SpellingTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await host.OwnerAsync<bool>("SELECT to_regclass('public.pies') IS NOT NULL"))
            return;
        await host.ServeModelAsync("pies");
        await host.OwnerAsync("""
            UPDATE thanosql.model_version SET labels = ARRAY['사과파이', 'Apple Pie', 'apple_pie', 'A-', 'A'];
            CREATE TABLE public.pies (
                image_path text, my_label text, keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(
                "{ name: pies, prefix: pies/, table: pies, label_col: my_label, model: { name: pies }, synonyms: { 사과 파이: [애플 파이] } }",
                "p.yaml", "workspace")],
            Cancel);
        await host.OwnerAsync("""
            ALTER TABLE public.pies DISABLE TRIGGER USER;
            INSERT INTO public.pies SELECT 'pies/' || n || '.jpg', NULL,
                (ARRAY['사과파이', '사과 파이', 'Apple Pie', 'apple_pie', 'apple_pie', 'A-', 'A'])[n], 0.9 - n / 100.0, 1, 'model'
                FROM generate_series(1, 7) n;
            ALTER TABLE public.pies ENABLE TRIGGER USER;
            INSERT INTO thanosql.content (sha256) SELECT decode(lpad(n::text, 64, '0'), 'hex') FROM generate_series(1, 7) n;
            INSERT INTO thanosql.image (bucket, key, event_source, state, content_id)
                SELECT 'workspace', 'pies/' || row_number() OVER (ORDER BY content_id) || '.jpg', 'test', 'indexed', content_id FROM thanosql.content;
            DO $$ BEGIN EXECUTE format(
                'CREATE TABLE thanosql.keyword_%1$s PARTITION OF thanosql.keyword FOR VALUES IN (%1$s)',
                (SELECT current_version_id FROM thanosql.model WHERE name = 'pies')); END $$;
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
                SELECT m.current_version_id, i.content_id, r.rank,
                    CASE WHEN r.rank = 1 THEN p.keyword WHEN p.keyword = 'Apple Pie' THEN 'apple_pie' ELSE 'x' END, p.keyword_score / r.rank
                FROM public.pies p JOIN thanosql.image i ON i.key = p.image_path, thanosql.model m, generate_series(1, 2) r (rank)
                WHERE m.name = 'pies'
            """);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("사과파이", 1, "pies/1.jpg")]
    [InlineData("사과 파이", 1, "pies/1.jpg")]
    [InlineData("\u1109\u1161\u1100\u116A \u1111\u1161\u110B\u1175", 1, "pies/1.jpg")]
    [InlineData("애플파이", 1, "pies/1.jpg")] // a synonym, and its label is spelled otherwise in the file
    [InlineData("APPLE PIE", 1, "pies/3.jpg pies/4.jpg pies/5.jpg")]
    [InlineData("apple_pie", 1, "pies/3.jpg pies/4.jpg pies/5.jpg")]
    [InlineData("applepie", 5, "pies/3.jpg pies/4.jpg pies/5.jpg")] // each once, whatever ranks count
    [InlineData("a-", 1, "pies/6.jpg")]
    [InlineData("a", 1, "pies/7.jpg")]
    public async Task A_search_finds_every_spelling(string word, int rank, string paths)
    {
        using var client = host.Client(TokenScope.Search);
        var page = await client.GetFromJsonAsync<JsonElement>($"/api/v1/search?table=pies&keyword={Uri.EscapeDataString(word)}&rank={rank}", Cancel);

        string.Join(' ', page.GetProperty("results").EnumerateArray().Select(hit => hit.GetProperty("path").GetString())).ShouldBe(paths);
    }

    [Theory]
    [InlineData("사과 파이", "pies/1.jpg")]
    [InlineData("애플파이", "pies/1.jpg pies/2.jpg")] // also as the file spells its label
    [InlineData("APPLE PIE", "pies/3.jpg pies/4.jpg pies/5.jpg")]
    [InlineData("a-", "pies/6.jpg")]
    public async Task A_SEARCH_statement_finds_every_spelling_and_each_picture_once(string word, string paths)
    {
        var rows = await host.RowsAsync(
            $"SEARCH IMAGE USING pies OPTIONS (search_by='keyword', search_input='{word}') AS SELECT image_path FROM pies", TokenScope.Query);

        string.Join(' ', rows.GetProperty("data").EnumerateArray().Select(row => row[0].GetString())).ShouldBe(paths);
    }

    [Fact]
    public async Task Spellings_are_counted_as_one_under_the_one_that_most_rows_have()
    {
        using var client = host.Client(TokenScope.Search);
        var page = await client.GetFromJsonAsync<JsonElement>("/api/v1/search?table=pies&total=exact&facets=keyword", Cancel);
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/keywords?table=pies", Cancel);
        var typed = await client.GetFromJsonAsync<JsonElement>("/api/v1/keywords?table=pies&prefix=applep", Cancel);

        page.GetProperty("facets").GetProperty("keyword")[0].ToString().ShouldBe("""{"value":"apple_pie","count":3}""");
        var counts = list.GetProperty("keywords").EnumerateArray()
            .ToDictionary(k => k.GetProperty("keyword").GetString()!, k => k.GetProperty("count").GetInt32());
        counts["apple_pie"].ShouldBe(3);
        counts.ShouldNotContainKey("Apple Pie");
        counts.ShouldContainKey("A-");
        typed.GetProperty("keywords").GetArrayLength().ShouldBe(1);
        typed.GetProperty("keywords")[0].GetProperty("count").GetInt32().ShouldBe(3);
    }

    [Theory]
    [InlineData("사과 파이", "사과파이")]
    [InlineData("애플파이", "사과파이")]
    [InlineData("APPLE_PIE", "Apple Pie")]
    [InlineData("apple_pie", "apple_pie")]
    [InlineData("a-", "A-")]
    [InlineData("Plum  Cake", "Plum Cake")]
    public async Task What_people_say_is_kept_as_the_model_spells_it(string word, string label) =>
        (await host.OwnerAsync<string>($"SELECT thanosql.label_of((SELECT pipeline_id FROM thanosql.pipeline WHERE name = 'pies'), '{word}')"))
        .ShouldBe(label);

    [Fact]
    public async Task The_catalog_and_the_program_agree_on_every_form()
    {
        var characters = Enumerable.Range(1, 0x33FF).Concat(Enumerable.Range(0xA640, 0x1C0)).Concat(Enumerable.Range(0xAB30, 0x90))
            .Concat(Enumerable.Range(0xF900, 0x6FF)).Concat(Enumerable.Range(0x10400, 0x100)).Concat(Enumerable.Range(0x1D400, 0x400))
            .Concat(Enumerable.Range(0x1E900, 0x50)).Concat(Enumerable.Range(0x1F100, 0x100)).Select(char.ConvertFromUtf32);
        string[] words =
        [
            .. characters.Select(c => $"A{c} 1{c}_2"), "", " ", "_", "1 0", "size 4_2", "Straße", "İSTANBUL", "e\u0323\u0302 \u0301", "10-20", "A-",
        ];
        await using var command = host.Owner.CreateCommand(
            "SELECT thanosql.label_form(w.word) FROM unnest($1::text[]) WITH ORDINALITY w (word, place) ORDER BY place");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = words });
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var differ = new List<string>();
        foreach (var word in words)
        {
            (await reader.ReadAsync(Cancel)).ShouldBeTrue();
            if (reader.GetString(0) != LabelForm.Of(word))
                differ.Add($"'{word}': '{reader.GetString(0)}' is not '{LabelForm.Of(word)}'");
        }

        differ.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_probe_for_a_label_in_another_spelling_reads_the_index()
    {
        await using var connection = await host.Owner.OpenConnectionAsync(Cancel);
        await using var command = new Npgsql.NpgsqlCommand(
            """
            SET enable_seqscan = off;
            EXPLAIN SELECT DISTINCT c.label FROM thanosql.correction c WHERE c.model_name = 'pies' AND thanosql.label_form(c.label) = 'applepie'
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var plan = new List<string>();
        while (await reader.ReadAsync(Cancel))
            plan.Add(reader.GetString(0));

        string.Join('\n', plan).ShouldContain("label_forms");
    }
}
