using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>Search over the five keywords that are kept of an image, against the same worked out in memory.</summary>
public sealed class SearchRankTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const int Images = 120;
    private const int Kept = 5;

    private static readonly string[] Labels = ["과일", "채소", "생선", "사과", "배", "무", "김"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await host.OwnerAsync<bool>("SELECT to_regclass('public.shelf') IS NOT NULL"))
            return;
        await host.ServeModelAsync("groups");
        await host.OwnerAsync($"UPDATE thanosql.model_version SET labels = ARRAY['{string.Join("', '", Labels)}']");
        await host.OwnerAsync("""
            CREATE TABLE public.shelf (
                image_path text, price integer, keyword text, keyword_score real, keyword_version integer, keyword_source text, note text);
            ALTER TABLE public.shelf ALTER note SET STORAGE PLAIN
            """);
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(
                "{ name: shelf, prefix: shelf/, table: shelf, model: { name: groups }, search: { filters: [price], sort: [price] } }",
                "p.yaml", "workspace")],
            Cancel);
        await host.OwnerAsync("ALTER TABLE public.shelf DISABLE TRIGGER USER");
        await FillAsync(await host.OwnerAsync<long>("SELECT current_version_id FROM thanosql.model WHERE name = 'groups'"));
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(1, false, "과일")]
    [InlineData(2, false, "과일")]
    [InlineData(5, false, "과일")]
    [InlineData(5, false, "과일", "채소")]
    [InlineData(3, false, "과일", "채소", "김")]
    [InlineData(5, true, "과일", "채소")]
    [InlineData(5, true, "과일", "채소", "생선")]
    [InlineData(2, true, "과일", "채소")]
    [InlineData(5, true, "과일")]
    [InlineData(5, true, "과일", "없음")]
    public async Task Hits_are_those_of_the_ranks_with_their_scores_on_pages_that_hold_each_once(int rank, bool all, params string[] words)
    {
        var query = $"{string.Join('&', words.Select(w => $"keyword={w}"))}&rank={rank}&match={(all ? "all" : "any")}";
        var expected = Expected(rank, all, words);

        foreach (var (sort, order) in new (string, IEnumerable<Hit>)[]
        {
            ("", expected.OrderByDescending(h => h.Score).ThenBy(h => h.Path, StringComparer.Ordinal)),
            ("&sort=price", expected.OrderBy(h => h.Price).ThenBy(h => h.Path, StringComparer.Ordinal)),
        })
        {
            var found = await PagesAsync($"{query}{sort}&limit=7");
            found.Select(h => h.Path).ShouldBe(order.Select(h => h.Path), query + sort);
            found.Select(h => (h.Keyword, Math.Round(h.Score, 4))).ShouldBe(order.Select(h => (h.Keyword, Math.Round(h.Score, 4))), query + sort);
        }
        foreach (var total in new[] { "exact", "estimate" })
        {
            var narrow = await SearchAsync($"{query}&price.lt=50&min_score=0.2&total={total}&facets=keyword");
            narrow.GetProperty("total").GetProperty("value").GetInt32().ShouldBe(expected.Count(h => h.Price < 50 && h.Score >= 0.2));
            narrow.GetProperty("facets").GetProperty("keyword").EnumerateArray().Sum(f => f.GetProperty("count").GetInt32())
                .ShouldBe(expected.Count(h => h.Price < 50 && h.Score >= 0.2));
        }
    }

    [Fact]
    public async Task Without_a_rank_the_first_keyword_counts_and_with_all_every_kept_one()
    {
        (await PagesAsync("keyword=과일&limit=100")).Count.ShouldBe(Expected(1, false, "과일").Count);
        (await PagesAsync("keyword=과일&keyword=채소&match=all&limit=100")).Count.ShouldBe(Expected(5, true, "과일", "채소").Count);
    }

    [Fact]
    public async Task What_the_searching_role_may_read_stays_the_same()
    {
        await using var connection = await (await host.Services.GetRequiredService<UserDatabase>().PreparedSearchPoolAsync(Cancel))
            .OpenConnectionAsync(Cancel);
        foreach (var table in new[] { "keyword", "image", "content", "model" })
        {
            await using var command = new NpgsqlCommand($"SELECT * FROM thanosql.{table}", connection);
            (await Should.ThrowAsync<PostgresException>(command.ExecuteNonQueryAsync(Cancel))).SqlState
                .ShouldBe(PostgresErrorCodes.InsufficientPrivilege, table);
        }
    }

    [Fact]
    public async Task The_best_of_many_are_read_from_the_index_of_keywords_in_order()
    {
        var target = new SearchTarget(
            PipelineFile.Parse("{ name: shelf, table: shelf, model: { name: groups } }", "p.yaml", "workspace"),
            new Dictionary<string, SearchColumn> { ["keyword_score"] = new("real") }, Labels);
        var request = new SearchRequest("shelf", ["과일"], 0, [], null, false, 20, 240, null) { Rank = 5 };
        await using var connection = await host.Owner.OpenConnectionAsync(Cancel);
        // Few rows are sorted at once
        const string few = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_sort = off";
        await using (var off = new NpgsqlCommand(few, connection))
            await off.ExecuteNonQueryAsync(Cancel);
        await using var command = SearchSql.Command(connection, target, request, ["과일"], null);
        command.CommandText = "EXPLAIN " + command.CommandText;
        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        while (await reader.ReadAsync(Cancel))
            plan.Add(reader.GetString(0));

        string.Join('\n', plan).ShouldContain("_keyword_score_content_id_idx");
        string.Join('\n', plan).ShouldContain("Incremental Sort");
    }

    // Image n, with the label at place (n + r) of rank r + 1; every ninth was labelled by a person, every seventh is below its threshold
    private static (string Label, double Score) Answer(int image, int rank) =>
        (Labels[(image + rank) % Labels.Length], Math.Round((0.9 - rank * 0.15) * (50 + image % 50) / 100, 4));

    private static bool ByPerson(int image) => image % 9 == 0;

    private static bool IsSure(int image) => image % 7 > 0;

    private static List<Hit> Expected(int ranks, bool all, params string[] words)
    {
        var hits = new List<Hit>();
        for (var image = 1; image <= Images; image++)
        {
            var says = ByPerson(image) ? [("김", 1.0)]
                : ranks == 1 && !IsSure(image) ? []
                : Enumerable.Range(0, ranks).Select(rank => Answer(image, rank)).Where(a => words.Contains(a.Label)).ToList();
            says = [.. says.Where(a => words.Contains(a.Item1))];
            if (says.Count == 0 || all && says.Count < words.Length)
                continue;
            var (keyword, score) = all ? says[^1] : says[0];
            hits.Add(new Hit($"shelf/{image:000}.jpg", keyword, score, image % 100));
        }
        return hits;
    }

    private async Task FillAsync(long version)
    {
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            CREATE TABLE thanosql.keyword_{version} PARTITION OF thanosql.keyword FOR VALUES IN ({version});
            INSERT INTO thanosql.content (sha256) SELECT sha256(n::text::bytea) FROM generate_series(1, {Images}) n;
            INSERT INTO thanosql.image (bucket, key, content_id, state)
                SELECT 'workspace', 'shelf/' || lpad(n::text, 3, '0') || '.jpg', content_id, 'indexed'
                FROM generate_series(1, {Images}) n JOIN thanosql.content ON sha256 = sha256(n::text::bytea)
            """);
        await host.OwnerAsync(sql);
        await using var connection = await host.Owner.OpenConnectionAsync(Cancel);
        for (var image = 1; image <= Images; image++)
        {
            for (var rank = 0; rank < Kept; rank++)
            {
                await using var add = new NpgsqlCommand(
                    "INSERT INTO thanosql.keyword SELECT $1, content_id, $2, $3, $4 FROM thanosql.image WHERE key = $5", connection);
                var (label, score) = Answer(image, rank);
                foreach (var value in new object[] { version, (short)(rank + 1), label, (float)score, $"shelf/{image:000}.jpg" })
                    add.Parameters.Add(new NpgsqlParameter { Value = value });
                await add.ExecuteNonQueryAsync(Cancel);
            }
            var (first, best) = ByPerson(image) ? ("김", 1) : Answer(image, 0);
            await using var row = new NpgsqlCommand("INSERT INTO public.shelf VALUES ($1, $2, $3, $4, 1, $5, repeat('x', 5000))", connection);
            foreach (var value in new object[]
            {
                $"shelf/{image:000}.jpg", image % 100, ByPerson(image) || IsSure(image) ? first : DBNull.Value, (float)best,
                ByPerson(image) ? "person" : "model",
            })
            {
                row.Parameters.Add(new NpgsqlParameter { Value = value });
            }
            await row.ExecuteNonQueryAsync(Cancel);
        }
    }

    private async Task<List<Hit>> PagesAsync(string query)
    {
        var hits = new List<Hit>();
        string? after = null;
        do
        {
            var page = await SearchAsync($"{query}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            hits.AddRange(page.GetProperty("results").EnumerateArray().Select(h => new Hit(
                h.GetProperty("path").GetString()!, h.GetProperty("keyword").GetString()!, h.GetProperty("score").GetDouble(), 0)));
            after = page.GetProperty("next").GetString();
            hits.Count.ShouldBeLessThanOrEqualTo(Images, query);
        }
        while (after is not null);
        return hits;
    }

    private async Task<JsonElement> SearchAsync(string query)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?table=shelf&{query}", UriKind.Relative), Cancel);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        ((int)response.StatusCode).ShouldBe(200, body.ToString());
        return body;
    }

    private sealed record Hit(string Path, string Keyword, double Score, int Price);
}
