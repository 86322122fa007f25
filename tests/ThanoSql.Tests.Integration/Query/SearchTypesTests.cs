using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>
/// Search against plain SQL, over columns of every kind of type with NULL, extremes and ties: what it sorts, pages and filters is what PostgreSQL
/// does by itself.
/// </summary>
public sealed class SearchTypesTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const int Rows = 40;
    private const int Seed = 14;

    // Types to values; a value is repeated by chance, so there are ties
    private static readonly Dictionary<string, string[]> Types = new()
    {
        ["smallint"] = ["-32768", "0", "32767"],
        ["integer"] = ["-2147483648", "-1", "0", "2147483647"],
        ["bigint"] = ["-9223372036854775808", "9007199254740993", "9007199254740992", "9223372036854775807"],
        ["numeric(12,3)"] = ["-999999999.999", "0", "0.001", "'NaN'"],
        ["numeric"] = ["'-Infinity'", "1e-300", "1e300", "1.10", "'NaN'"],
        ["real"] = ["'-Infinity'", "-0.0", "0.1", "1e-45", "3.4e38", "'NaN'"],
        ["double precision"] = ["-1.7e308", "0.1", "5e-324", "'Infinity'", "'NaN'"],
        ["money"] = ["-92233720368547758.08", "0", "1234567.89"],
        ["boolean"] = ["true", "false"],
        ["text"] = ["''", "' '", "'a'", "'A'", "'가'", "'a,b'", "E'\\\\'", "'NULL'", "'{}'"],
        ["varchar(5)"] = ["''", "'abcde'", "'ab'", "'ab '"],
        ["char(3)"] = ["''", "'A'", "'AB '", "'ABC'", "'ABD'"],
        ["name"] = ["''", "'x'", "'y'"],
        ["\"char\""] = ["'a'", "'b'", "''"],
        ["date"] = ["'-infinity'", "'0044-03-15 BC'", "'2026-02-28'", "'infinity'"],
        ["timestamp"] = ["'-infinity'", "'2026-01-01 00:00:00.000001'", "'2026-01-01'", "'294276-12-31 23:59:59.999999'"],
        ["timestamptz(3)"] = ["'infinity'", "'2026-01-01T00:00:00.123+09:00'", "'2025-12-31 15:00:00.123Z'", "'4713-01-01 BC'"],
        ["time"] = ["'00:00'", "'23:59:59.999999'", "'24:00'"],
        ["timetz"] = ["'00:00+14'", "'00:00-14'", "'12:00+09:30'"],
        ["interval"] = ["'1 mon'", "'30 days'", "'-1 year 2 mons'", "'0'"],
        ["uuid"] = ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
        ["bytea"] = ["''", @"'\x00'", @"'\xff00'"],
        ["inet"] = ["'10.0.0.1'", "'10.0.0.0/8'", "'::1'"],
        ["cidr"] = ["'10.0.0.0/8'", "'::/0'"],
        ["macaddr"] = ["'00:00:00:00:00:00'", "'ff:ff:ff:ff:ff:ff'"],
        ["bit(3)"] = ["B'000'", "B'101'", "B'111'"],
        ["varbit"] = ["B''", "B'1'", "B'10'"],
        ["jsonb"] = ["'null'", "'1'", "'1.0'", "'{\"a\": \"x,y\"}'", "'[]'"],
        ["oid"] = ["0", "4294967295"],
        ["pg_lsn"] = ["'0/0'", "'FFFFFFFF/FFFFFFFF'"],
        ["tsvector"] = ["''", "'a b'"],
        ["int4range"] = ["'empty'", "'[1,5)'", "'(,)'"],
        ["integer[]"] = ["'{}'", "'{1,NULL}'", "'{1,2}'", "'{{1},{2}}'"],
        ["text[]"] = ["'{}'", "'{\"a,b\"}'", "'{NULL}'"],
        ["public.mood"] = ["'sad'", "'ok'", "'happy'"],
        ["public.code3"] = ["'A'", "'ABC'"],
        ["public.age"] = ["0", "150"],
    };

    private static readonly string[] Comparisons = ["eq", "ne", "gt", "gte", "lt", "lte"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Columns => [.. Types.Keys.Select((type, i) => (Table(type), $"c{i}"))];

    public async ValueTask InitializeAsync()
    {
        if (await host.OwnerAsync<bool>("SELECT to_regclass('public.typed') IS NOT NULL"))
            return;
        await host.ServeModelAsync("groups");
        await host.OwnerAsync("""
            CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
            CREATE DOMAIN public.code3 AS char(3);
            CREATE DOMAIN public.age AS integer CHECK (VALUE >= 0)
            """);
        var pipelines = new List<PipelineDefinition>();
        foreach (var (table, columns) in Types.Keys.Select((type, i) => (Type: type, Column: $"c{i}")).GroupBy(c => Table(c.Type))
            .Select(g => (g.Key, g.ToList())))
        {
            await host.OwnerAsync($"""
                CREATE TABLE public.{table} (
                    image_path text, {string.Join(", ", columns.Select(c => $"{c.Column} {c.Type}"))}, shape point, doc json,
                    keyword text, keyword_score real, keyword_version integer, keyword_source text)
                """);
            var names = string.Join(", ", columns.Select(c => c.Column));
            pipelines.Add(PipelineFile.Parse(
                $"{{ name: {table}, prefix: {table}/, table: {table}, model: {{ name: groups }}, search: {{ filters: [{names}, shape, doc], "
                + $"sort: [{names}, shape] }} }}", "p.yaml", "workspace"));
        }
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(pipelines, Cancel);
        foreach (var pipeline in pipelines)
            await FillAsync(pipeline.Table);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task Sorting_and_paging_are_those_of_SQL(string table, string column)
    {
        foreach (var (sort, order) in new[] { (column, column), ($"-{column}", $"{column} DESC NULLS LAST") })
        {
            var expected = await PathsAsync($"SELECT image_path FROM public.{table} WHERE keyword = '과일' ORDER BY {order}, image_path");
            expected.Count.ShouldBe(Rows);
            (await PagesAsync($"table={table}&keyword=과일&sort={sort}&limit=7")).ShouldBe(expected, sort);
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task Filters_are_those_of_SQL(string table, string column)
    {
        var type = Types.Keys.ElementAt(int.Parse(column[1..], System.Globalization.CultureInfo.InvariantCulture));
        var values = await PathsAsync($"SELECT DISTINCT {column}::text FROM public.{table} WHERE {column} IS NOT NULL ORDER BY 1");
        values.Count.ShouldBeGreaterThan(1);
        foreach (var (comparison, i) in Comparisons.Select((c, i) => (c, i)))
        {
            var value = values[i % values.Count]!;
            var sql = comparison switch { "eq" => "=", "ne" => "<>", "gt" => ">", "gte" => ">=", "lt" => "<", _ => "<=" };
            await SameAsync(table, $"{column}.{comparison}={Uri.EscapeDataString(value)}", $"{column} {sql} {Literal(value)}::{type}");
        }
        await SameAsync(table, $"{column}.is=null", $"{column} IS NULL");
        await SameAsync(table, $"{column}.is=notnull", $"{column} IS NOT NULL");
        if (!type.EndsWith(']'))
        {
            var two = values.Take(2).OfType<string>().ToList();
            var equal = two.Select(v => $"{column} = {Literal(v)}::{type}");
            await SameAsync(table, $"{column}.in={Uri.EscapeDataString(string.Join(',', two.Select(Escaped)))}", string.Join(" OR ", equal));
        }
    }

    [Theory]
    [InlineData("sort=shape", "point")]
    [InlineData("shape.eq=(1,2)", "point")]
    [InlineData("facets=doc", "json")]
    [InlineData("doc.lt=1", "json")]
    public async Task What_has_no_order_is_refused_and_said_so(string query, string type)
    {
        var (status, body) = await AskAsync($"table=typed&{query}");

        status.ShouldBe(400);
        body.GetProperty("message").GetString()!.ShouldContain(type);
    }

    [Fact]
    public async Task Rows_without_a_path_or_a_score_do_not_break_pages()
    {
        await host.OwnerAsync("""
            INSERT INTO public.typed (image_path, c1, keyword, keyword_score, keyword_version, keyword_source)
            SELECT CASE WHEN n % 3 > 0 THEN 'typed/without ' || n END, CASE WHEN n % 2 = 0 THEN 5 END, '생선', CASE WHEN n < 30 THEN 0.5 END, 1, 'model'
            FROM generate_series(1, 30) n
            """);
        foreach (var (sort, rows) in new[] { ("", 29), ("sort=c1", 30), ("sort=-c1", 30) })
            (await PagesAsync($"table=typed&keyword=생선&{sort}&limit=4")).Count.ShouldBe(rows, sort);
    }

    private static string Table(string type) => type.StartsWith("public.", StringComparison.Ordinal) ? "typed_by_users" : "typed";

    private static string Escaped(string item) => item.Replace("\\", @"\\", StringComparison.Ordinal).Replace(",", @"\,", StringComparison.Ordinal);

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private async Task FillAsync(string table)
    {
        var chance = new Random(Seed);
        var rows = new List<string>();
        for (var row = 0; row < Rows; row++)
        {
            var values = Types.Where(t => Table(t.Key) == table)
                .Select(t => chance.Next(5) == 0 ? "NULL" : $"({t.Value[chance.Next(t.Value.Length)]})::{t.Key}");
            rows.Add($"('{table}/{row:00}.jpg', {string.Join(", ", values)}, NULL, NULL, '과일', 0.5, 1, 'model')");
        }
        await host.OwnerAsync($"ALTER TABLE public.{table} DISABLE TRIGGER USER; INSERT INTO public.{table} VALUES {string.Join(", ", rows)}");
    }

    private async Task SameAsync(string table, string filter, string condition)
    {
        var expected = await PathsAsync($"SELECT image_path FROM public.{table} WHERE keyword = '과일' AND ({condition}) ORDER BY image_path");
        (await PagesAsync($"table={table}&keyword=과일&limit=100&{filter}")).ShouldBe(expected, filter);
    }

    private async Task<List<string?>> PagesAsync(string query)
    {
        var paths = new List<string?>();
        string? after = null;
        do
        {
            var (status, page) = await AskAsync($"{query}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            status.ShouldBe(200, $"{query}: {page}");
            paths.AddRange(page.GetProperty("results").EnumerateArray().Select(h => h.GetProperty("path").GetString()));
            after = page.GetProperty("next").GetString();
            paths.Count.ShouldBeLessThanOrEqualTo(Rows, query);
        }
        while (after is not null);
        return paths;
    }

    private async Task<(int Status, JsonElement Body)> AskAsync(string query)
    {
        using var client = host.Client(TokenScope.Search);
        using var response = await client.GetAsync(new Uri($"/api/v1/search?{query}", UriKind.Relative), Cancel);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }

    private async Task<List<string?>> PathsAsync(string sql)
    {
        await using var command = host.Owner.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var paths = new List<string?>();
        while (await reader.ReadAsync(Cancel))
            paths.Add(await reader.IsDBNullAsync(0, Cancel) ? null : reader.GetString(0));
        return paths;
    }
}
