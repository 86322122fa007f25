using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Access;
using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>The endpoints for shops, over a table as a pipeline fills it.</summary>
public sealed class SearchTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const string Pipeline = """
        name: products
        prefix: products/
        table: products
        model:
          name: groups
        synonyms:
          과일: [fruit, 열매]
        search:
          columns: [price, created_at]
          filters: [price, brand]
          sort: [price, created_at]
        """;

    public async ValueTask InitializeAsync()
    {
        await host.OwnerAsync("DROP TABLE IF EXISTS public.products");
        await host.OwnerAsync("""
            CREATE TABLE public.products (
                image_path text, price integer, created_at timestamptz, brand text, cost numeric,
                keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        await host.ServeModelAsync("groups");
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(Pipeline, "products.yaml", "workspace")], CancellationToken.None);
        await host.OwnerAsync("ALTER TABLE public.products DISABLE TRIGGER USER");
        await host.OwnerAsync("""
            INSERT INTO public.products
            SELECT 'products/' || n || ' 한.jpg', n * 100, CASE WHEN n % 5 > 0 THEN timestamptz '2026-01-01Z' + n * interval '1 hour' END,
                'b' || n % 2, n,
                   CASE WHEN n % 3 = 0 THEN '채소' ELSE '과일' END, round(n / 100.0, 1)::real, 1, 'model'
            FROM generate_series(1, 95) AS n
            """);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Pictures_of_which_nothing_was_sure_come_best_first_page_by_page_and_are_counted()
    {
        await host.OwnerAsync("""
            INSERT INTO public.products (image_path, keyword_score, keyword_version, keyword_source)
            SELECT 'products/unsure-' || n || '.jpg', n / 10.0, 1, 'model' FROM generate_series(1, 5) AS n
            UNION ALL SELECT 'products/waiting.jpg', NULL, NULL, NULL
            """);
        var (token, _) = await host.Services.GetRequiredService<TokenCatalog>().CreateAsync(
            new NewToken($"{Guid.NewGuid():N}", TokenScope.Search, null, TokenRestrictions.None), "tests", TestContext.Current.CancellationToken);
        var reader = host.Services.GetRequiredService<SearchReader>();
        var request = new SearchRequest("products", [], 0, [], null, false, 3, 240, null) { Unsure = true };
        var caller = new Caller(token, "");

        var (_, first) = await reader.ReadAsync(request with { Total = TotalKind.Estimate }, caller, TestContext.Current.CancellationToken);
        var (_, second) = await reader.ReadAsync(request with { After = first.Next }, caller, TestContext.Current.CancellationToken);

        first.Total.ShouldBe(new HitCount(5, "exact"));
        first.Results.Concat(second.Results).Select(h => (h.Path, h.Keyword, h.Score)).ShouldBe(
            Enumerable.Range(1, 5).Reverse().Select(n => ((string?)$"products/unsure-{n}.jpg", (string)null!, n / 10f)));
        second.Next.ShouldBeNull();
    }

    [Fact]
    public async Task Hits_come_best_first_with_score_version_columns_and_an_image_link()
    {
        var page = await SearchAsync("keyword=과일&min_score=0.5&limit=3");

        var hits = page.GetProperty("results").EnumerateArray().ToList();
        hits.Count.ShouldBe(3);
        hits.ShouldAllBe(h => h.GetProperty("keyword").GetString() == "과일");
        hits.Select(h => h.GetProperty("score").GetDouble()).ShouldBeInOrder(SortDirection.Descending);
        hits[0].GetProperty("version").GetInt32().ShouldBe(1);
        hits[0].GetProperty("columns").EnumerateObject().Select(p => p.Name).ShouldBe(["price", "created_at"]);
        hits[0].GetProperty("image").GetProperty("url").GetString()!.ShouldStartWith("/images/products/");
    }

    [Theory]
    [InlineData("keyword=과일&keyword=채소")]
    [InlineData("keyword=과일&keyword=채소&sort=price")]
    [InlineData("keyword=과일&keyword=채소&sort=-created_at")]
    [InlineData("keyword=과일&keyword=채소&sort=created_at")]
    [InlineData("")]
    public async Task Pages_together_hold_every_row_once_in_order(string query)
    {
        var whole = new List<string>();
        string? after = null;
        do
        {
            var page = await SearchAsync($"{query}&limit=10{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            whole.AddRange(page.GetProperty("results").EnumerateArray().Select(h => h.GetProperty("path").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);

        whole.Count.ShouldBe(95);
        whole.Distinct().Count().ShouldBe(95);
        if (query.EndsWith("sort=price", StringComparison.Ordinal))
            whole[0].ShouldBe("products/1 한.jpg");
    }

    [Theory]
    [InlineData(null, 1, null)]
    [InlineData(null, 1, "0.5")]
    [InlineData(null, 2, "0.5")]
    [InlineData("price", 1, null)]
    [InlineData("price", 2, "500")]
    public async Task Every_order_is_read_from_an_index_on_every_page(string? sort, int keywords, string? behind)
    {
        await host.OwnerAsync(
            "CREATE TABLE IF NOT EXISTS public.many AS SELECT 'm/' || n AS image_path, '과일'::text AS keyword, " +
            "(n % 997 / 997.0)::real AS keyword_score, n % 991 AS price, 1 AS keyword_version, 'model'::text AS keyword_source "
            + "FROM generate_series(1, 50000) AS n");
        await host.OwnerAsync("CREATE INDEX IF NOT EXISTS many_keyword ON public.many (keyword, keyword_score DESC);" +
            "CREATE INDEX IF NOT EXISTS many_price ON public.many (keyword, price, image_path); ANALYZE public.many");
        var definition = PipelineFile.Parse("{ name: many, table: many, prefix: m/, model: { name: groups } }", "many.yaml", "workspace");
        var columns = new Dictionary<string, SearchColumn> { ["keyword_score"] = new("real"), ["price"] = new("integer") };
        var labels = new[] { "과일", "채소" }[..keywords];
        var request = new SearchRequest("many", labels, 0, [], sort, true, 20, 240, null);
        await using var connection = await host.Owner.OpenConnectionAsync();

        await using var command = SearchSql.Command(
            connection, new SearchTarget(definition, columns, labels), request, labels, behind is null ? null : new(behind, "m/25000", "(1,1)"));
        command.CommandText = "EXPLAIN " + command.CommandText;
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        var plan = string.Join('\n', lines);

        plan.ShouldContain(sort is null ? "Index Scan using many_keyword" : "using many_price");
        plan.ShouldContain("Incremental Sort");
        plan.ShouldNotContain("Seq Scan");
    }

    [Fact]
    public async Task Filters_and_synonyms_narrow_the_hits()
    {
        var page = await SearchAsync("keyword=열매&price.gte=1000&price.lt=2000&brand=b1&sort=-price&limit=100");

        page.GetProperty("keywords").ToString().ShouldBe("""["과일"]""");
        page.GetProperty("results").EnumerateArray().Select(h => h.GetProperty("columns").GetProperty("price").GetInt32()).ShouldBe(
            [1900, 1700, 1300, 1100]);
    }

    [Fact]
    public async Task An_unknown_keyword_gives_no_hits_and_the_nearest_label()
    {
        var page = await SearchAsync("keyword=과알");

        page.GetProperty("results").GetArrayLength().ShouldBe(0);
        page.GetProperty("unknown_keywords")[0].GetProperty("nearest").GetString().ShouldBe("과일");
    }

    [Theory]
    [InlineData("table=products&cost.lte=1", 400, "cost")]
    [InlineData("table=products&sort=cost", 400, "cost")]
    [InlineData("table=products&prise.lte=1", 400, "price")]
    [InlineData("table=products&price.lte=cheap", 400, "cheap")]
    [InlineData("table=products&min_score=2", 400, "min_score")]
    [InlineData("table=products&limit=0", 400, "limit")]
    [InlineData("table=products&limit=1.5", 400, "limit")]
    [InlineData("table=products&sort=--price", 400, "-price")]
    [InlineData("table=products&after=eyJ9.x", 400, "after")]
    [InlineData("table=product", 404, "products")]
    [InlineData("keyword=과일", 400, "table")]
    [InlineData("table=products&price.lte=1;DROP TABLE products", 400, "products")]
    public async Task A_wrong_search_says_what_is_wrong(string query, int expected, string hint)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?{query}", UriKind.Relative));

        ((int)response.StatusCode).ShouldBe(expected);
        (await response.Content.ReadAsStringAsync()).ShouldContain(hint);
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_search_only()
    {
        var next = (await SearchAsync("keyword=과일&limit=5")).GetProperty("next").GetString()!;

        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?table=products&keyword=채소&limit=5&after={next}", UriKind.Relative));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Keywords_are_counted_those_without_rows_too()
    {
        using var client = host.Client(TokenScope.Search);
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/keywords?table=products");

        list.GetProperty("keywords").EnumerateArray().Select(k => (k.GetProperty("keyword").GetString(), k.GetProperty("count").GetInt32()))
            .ShouldBe([("과일", 64), ("채소", 31), ("생선", 0)]);
    }

    [Fact]
    public async Task Searching_needs_a_token()
    {
        using var client = host.Client(null);
        using var response = await client.GetAsync(new Uri("/api/v1/search?table=products", UriKind.Relative));

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<JsonElement> SearchAsync(string query)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?table=products&{query}", UriKind.Relative));
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body.ToString());
        return body;
    }
}
