using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>What shops show around a page of hits: how many there are, of which kinds, and words while they are typed.</summary>
public sealed class SearchFacetTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const int Rows = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await host.OwnerAsync<bool>("SELECT to_regclass('public.goods') IS NOT NULL"))
            return;
        await host.ServeModelAsync("groups");
        await host.OwnerAsync("""
            CREATE TABLE public.goods (
                image_path text, price integer, brand text, in_stock boolean, sold bigint, made date, seen timestamp, created_at timestamptz,
                note text, keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(
                """
                name: goods
                prefix: goods/
                table: goods
                model: { name: groups }
                synonyms: { 과일: [fruit, 열매] }
                search:
                  columns: [sold, price]
                  filters: [price, brand, in_stock, sold, made, seen, created_at]
                  sort: [price]
                """, "goods.yaml", "workspace")],
            Cancel);
        await host.OwnerAsync($"""
            ALTER TABLE public.goods DISABLE TRIGGER USER;
            INSERT INTO public.goods
            SELECT 'goods/' || n || '.jpg', n % 1000, CASE WHEN n % 10 > 0 THEN 'b' || n % 4 END, n % 2 = 0, 9007199254740993,
                date '2026-01-01' + n % 50, timestamp '2026-01-01' + n % 50 * interval '1 hour',
                timestamptz '2026-01-01Z' + n % 50 * interval '1 hour', repeat('x', 100),
                CASE WHEN n % 30 = 0 THEN '채소' ELSE '과일' END, n::real / {Rows}, 1, 'model'
            FROM generate_series(1, {Rows}) n;
            ANALYZE public.goods
            """);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Nothing_is_counted_unless_it_is_asked()
    {
        var page = await SearchAsync("keyword=채소&limit=1");

        page.TryGetProperty("total", out _).ShouldBeFalse();
        page.TryGetProperty("facets", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("keyword=채소&total=exact", "keyword = '채소'")]
    [InlineData("keyword=채소&total=estimate&price.lt=500", "keyword = '채소' AND price < 500")]
    [InlineData("keyword=과일&total=exact", "keyword = '과일'")]
    [InlineData("keyword=과일&keyword=채소&total=exact&in_stock.eq=true", "in_stock")]
    [InlineData("total=exact&min_score=0.5", "keyword_score >= 0.5")]
    [InlineData("keyword=과일&price.eq=7&facets=brand", "keyword = '과일' AND price = 7")]
    public async Task Up_to_ten_thousand_hits_and_where_it_is_asked_the_total_is_exact(string query, string condition)
    {
        var page = await SearchAsync($"{query}&limit=1");

        page.GetProperty("total").GetProperty("relation").GetString().ShouldBe("exact");
        page.GetProperty("total").GetProperty("value").GetInt64().ShouldBe(await CountAsync(condition));
    }

    [Fact]
    public async Task Of_more_hits_the_total_is_an_estimate_that_says_so_and_stays_from_page_to_page()
    {
        var first = await SearchAsync("keyword=과일&total=estimate&facets=brand,keyword&limit=5");
        var second = await SearchAsync($"keyword=과일&total=estimate&facets=brand,keyword&limit=5&after={first.GetProperty("next").GetString()}");

        first.GetProperty("total").GetProperty("relation").GetString().ShouldBe("estimate");
        first.GetProperty("total").GetProperty("value").GetDouble().ShouldBe(58_000, tolerance: 5_000);
        first.GetProperty("facets").GetProperty("brand").EnumerateArray()
            .Single(f => f.GetProperty("value").GetString() == "b1").GetProperty("count").GetDouble().ShouldBe(15_000, tolerance: 2_500);
        second.GetProperty("total").ToString().ShouldBe(first.GetProperty("total").ToString());
        second.GetProperty("facets").ToString().ShouldBe(first.GetProperty("facets").ToString());
    }

    [Fact]
    public async Task Facets_count_under_the_filters_with_values_of_their_type_and_rows_without()
    {
        var page = await SearchAsync("keyword=채소&keyword=없음&facets=keyword,brand,in_stock,price,sold&made.lte=2026-01-10&limit=1");

        var facets = page.GetProperty("facets");
        facets.EnumerateObject().Select(f => f.Name).ShouldBe(["keyword", "brand", "in_stock", "price", "sold"]);
        var total = await CountAsync("keyword = '채소' AND made <= '2026-01-10'");
        facets.GetProperty("keyword").ToString().ShouldBe($$"""[{"value":"채소","count":{{total}}}]""");
        facets.GetProperty("brand")[0].GetProperty("value").ValueKind.ShouldBe(JsonValueKind.Null); // 30 is a multiple of 10
        facets.GetProperty("in_stock").EnumerateArray().Select(f => f.GetProperty("value").ValueKind)
            .ShouldBeSubsetOf([JsonValueKind.True, JsonValueKind.False]);
        facets.GetProperty("price").GetArrayLength().ShouldBeLessThanOrEqualTo(50);
        facets.GetProperty("price")[0].GetProperty("value").ValueKind.ShouldBe(JsonValueKind.Number);
        facets.GetProperty("sold").ToString().ShouldBe($$"""[{"value":9007199254740993,"count":{{total}}}]""");
    }

    [Fact]
    public async Task Keywords_that_nobody_knows_have_no_hits_and_empty_facets()
    {
        var page = await SearchAsync("keyword=없음&facets=brand");

        page.GetProperty("total").ToString().ShouldBe("""{"value":0,"relation":"exact"}""");
        page.GetProperty("facets").ToString().ShouldBe("""{"brand":[]}""");
    }

    [Theory]
    [InlineData("brand.in=b1,b3&in_stock.eq=false&price.ne=1", "brand IN ('b1', 'b3') AND NOT in_stock AND price <> 1")]
    [InlineData("brand.is=null", "brand IS NULL")]
    [InlineData("brand.is=notnull&made.gte=2026-01-20&made.lt=2026-02-01", "brand IS NOT NULL AND made >= '2026-01-20' AND made < '2026-02-01'")]
    [InlineData(
        "created_at.gte=2026-01-01T12:00:00%2B09:00&created_at.lt=2026-01-01T05:00:00Z",
        "created_at >= '2026-01-01T03:00Z' AND created_at < '2026-01-01T05:00Z'")]
    [InlineData("created_at.gte=2026-01-02", "created_at >= '2026-01-02Z'")]
    [InlineData("seen.lte=2026-01-01T10:00:00", "seen <= '2026-01-01T10:00:00'")]
    [InlineData("price.in=1,2,3", "price IN (1, 2, 3)")]
    public async Task Filters_take_texts_booleans_lists_dates_and_null(string query, string condition)
    {
        var page = await SearchAsync($"{query}&total=exact&limit=1");

        page.GetProperty("total").GetProperty("value").GetInt64().ShouldBe(await CountAsync(condition));
    }

    [Theory]
    [InlineData("price.lte=99999999999", "price.lte", "99999999999", "2147483647")]
    [InlineData("price.eq=10.5", "price.eq", "10.5", "whole numbers")]
    [InlineData("price.in=1,x", "price.in", "x", "whole numbers")]
    [InlineData("price.lt=5&sold.eq=1e30", "sold.eq", "1e30", "9223372036854775807")]
    [InlineData("in_stock.eq=maybe", "in_stock.eq", "maybe", "true or false")]
    [InlineData("made.gte=2026-02-30", "made.gte", "2026-02-30", "2026-01-31")]
    [InlineData("created_at.gte=2026-01-01T00:00:00+09:00", "created_at.gte", "2026-01-01T00:00:00 09:00", "%2B")]
    [InlineData("seen.gte=2026-01-01T00:00:00Z", "seen.gte", "2026-01-01T00:00:00Z", "Leave the zone out")]
    [InlineData("brand.is=nil", "brand.is", "nil", "'notnull'")]
    [InlineData("brand.like=b", "brand.like", "like", "eq, ne, gt, gte, lt, lte, in, is")]
    [InlineData("note.eq=x", "note", "note", "Allowed are")]
    [InlineData("facets=note", "note", "note", "Allowed are")]
    [InlineData("total=some", "total", "some", "'exact'")]
    [InlineData("match=none", "match", "none", "'all'")]
    [InlineData("rank=6", "rank", "6", "1 to 5")]
    [InlineData("match=all&rank=1&keyword=과일&keyword=채소", "rank", "rank=1", "rank=5")]
    [InlineData("numbers=text", "numbers", "text", "'string'")]
    [InlineData("brand.eq=%00", "brand.eq", "NUL", "")]
    public async Task A_refusal_names_parameter_value_and_what_is_taken(string query, string parameter, string value, string taken)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?table=goods&{query}", UriKind.Relative), Cancel);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var text = $"{body.GetProperty("message").GetString()} {(body.TryGetProperty("hint", out var hint) ? hint.GetString() : "")}";
        text.ShouldContain(parameter);
        text.ShouldContain(value);
        text.ShouldContain(taken);
    }

    [Theory]
    [InlineData("", JsonValueKind.Number, "9007199254740993")]
    [InlineData("&numbers=string", JsonValueKind.String, "\"9007199254740993\"")]
    public async Task Numbers_that_JavaScript_would_round_come_as_texts_on_request(string option, JsonValueKind kind, string text)
    {
        var columns = (await SearchAsync($"keyword=채소&limit=1&facets=sold{option}")).GetProperty("results")[0].GetProperty("columns");

        (columns.GetProperty("sold").ValueKind, columns.GetProperty("sold").GetRawText()).ShouldBe((kind, text));
        columns.GetProperty("price").ValueKind.ShouldBe(JsonValueKind.Number);
        var (_, answer) = await host.QueryAsync(
            "SELECT 9007199254740993 AS a, ARRAY[9007199254740993] AS b, 1::integer AS c", TokenScope.Query, $"?max_results=1{option}");
        var record = answer.GetProperty("records").GetProperty("data")[0];
        record.GetRawText().ShouldBe($$"""{"a":{{text}},"b":[{{text}}],"c":1}""");
    }

    [Theory]
    [InlineData("prefix=ㄱㅇ", "과일", "과일")]
    [InlineData("prefix=고", "과일", "과일")]
    [InlineData("prefix=FRU", "과일", "fruit")]
    [InlineData("prefix=fruti", "과일", "fruit")]
    [InlineData("prefix=생선&limit=1", "생선", "생선")]
    public async Task Words_are_completed_with_counts(string query, string label, string matched)
    {
        using var client = host.Client(TokenScope.Search);
        var list = await client.GetFromJsonAsync<JsonElement>($"/api/v1/keywords?table=goods&{query}", Cancel);

        var word = list.GetProperty("keywords").EnumerateArray().ShouldHaveSingleItem();
        (word.GetProperty("keyword").GetString(), word.GetProperty("matched").GetString()).ShouldBe((label, matched));
        word.GetProperty("count").GetInt64().ShouldBe(await CountAsync($"keyword = '{label}'"));
    }

    [Theory]
    [InlineData("table=goods&prefix=x&limit=0", 400)]
    [InlineData("table=goods&prefix=x&limit=101", 400)]
    [InlineData("table=goods&prefix=x&limit=many", 400)]
    [InlineData("prefix=x", 400)]
    [InlineData("table=good&prefix=x", 404)]
    [InlineData("table=goods&prefix=%00%ff'\"", 200)]
    public async Task A_wrong_completion_says_so(string query, int status)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/keywords?{query}", UriKind.Relative), Cancel);

        ((int)response.StatusCode).ShouldBe(status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Compressed_answers_are_the_same(string encoding)
    {
        using var client = host.Client(TokenScope.Search);
        var address = new Uri("/api/v1/search?table=goods&keyword=채소&limit=100&total=exact", UriKind.Relative);
        var plain = await client.GetStringAsync(address, Cancel);
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding));
        using var response = await client.GetAsync(address, Cancel);

        response.Content.Headers.ContentEncoding.ShouldBe([encoding]);
        response.Headers.Vary.ShouldContain("Accept-Encoding");
        await using var sent = await response.Content.ReadAsStreamAsync(Cancel);
        await using Stream inner = encoding == "br"
            ? new BrotliStream(sent, CompressionMode.Decompress)
            : new GZipStream(sent, CompressionMode.Decompress);
        using var text = new StreamReader(inner);
        (await text.ReadToEndAsync(Cancel)).ShouldBe(plain);
    }

    private async Task<long> CountAsync(string condition) =>
        await host.OwnerAsync<long>(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM public.goods WHERE {condition}"));

    private async Task<JsonElement> SearchAsync(string query)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?table=goods&{query}", UriKind.Relative), Cancel);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body.ToString());
        return body;
    }
}
