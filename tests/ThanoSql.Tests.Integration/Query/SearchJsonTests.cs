using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>The bytes that a search answers with: clients parse them with whatever they have, so they stay as they were in 0.2.</summary>
public sealed partial class SearchJsonTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    private const string Pipeline = """
        name: odd
        prefix: odd/
        table: odd
        model: { name: groups }
        search: { columns: [whole, exact, inexact, fresh, at, wall, day, doc, words, numbers, raw, note, "a\"b"] }
        """;

    public async ValueTask InitializeAsync()
    {
        await host.ServeModelAsync("groups");
        await host.OwnerAsync("""
            DROP TABLE IF EXISTS public.odd;
            CREATE TABLE public.odd (
                image_path text, whole bigint, exact numeric, inexact double precision, fresh boolean, at timestamptz, wall timestamp, day date,
                doc jsonb, words text[], numbers integer[], raw bytea, note text, "a""b" integer,
                keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(Pipeline, "odd.yaml", "workspace")], CancellationToken.None);
        await host.OwnerAsync("ALTER TABLE public.odd DISABLE TRIGGER USER");
        await host.OwnerAsync("""
            INSERT INTO public.odd VALUES
                ('odd/사과 1+2&3.jpg', 9223372036854775807, 1.10, 'NaN', true, '2026-01-02 03:04:05.6+09', '2026-01-02 03:04:05', '2026-01-02',
                 '{"b": [1, "가"], "a": null}', ARRAY['x "y" \', NULL, 'NULL', '가'], '{{1,2},{3,NULL}}', '\x00ff', E'"\\/\t\x01<>&''가😀', 1,
                 '과일', 0.1, 7, 'model'),
                ('s3://other-bucket/b/2.jpg', -1, 'Infinity', 1e300, false, 'infinity', '0044-03-15 BC', 'infinity',
                 '"text"', '{}', '[2:3]={1,2}', '', '', 0, '과일', 1, 7, 'person'),
                ('odd/plain-name_3.~jpg', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '과일', 0.05, NULL, NULL),
                ('/no/path/../4.jpg', 1, 1, 1, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '과일', 3e-07, 1, 'model'),
                ('./odd/5.jpg', 1, 1, 1, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '과일', 2e-07, 1, 'model'),
                (NULL, 1, 1, 1, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '과일', 1e-07, 1, 'model')
            """);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_type_is_written_as_it_always_was()
    {
        using var client = host.Client(TokenScope.Search);
        var body = await client.GetStringAsync(new Uri("/api/v1/search?table=odd&keyword=과일&keyword=과알\"&limit=10", UriKind.Relative));

        foreach (Match link in Links().Matches(body))
        {
            using var picture = await client.GetAsync(new Uri(link.Groups[1].Value, UriKind.Relative));
            picture.StatusCode.ShouldBe(HttpStatusCode.NotFound, link.Value); // 403 where the signature is not right
        }

        // As 0.2.0 wrote it; the line breaks are this file's
        const string expected = """
            {"table":"odd","keywords":["과일"],"unknown_keywords":[{"keyword":"과알\"","nearest":"과일"}],"results":[
            {"path":"s3://other-bucket/b/2.jpg","keyword":"과일","score":1,"version":7,"source":"person",
            "columns":{"whole":-1,"exact":null,"inexact":1e+300,"fresh":false,"at":"infinity","wall":"0044-03-15 00:00:00 BC","day":"infinity",
            "doc":"text","words":[],"numbers":[1,2],"raw":"","note":"","a\"b":0},
            "image":{"url":"/images/b/2.jpg?bucket=other-bucket&v=0&width=240&for=1&SIGNED","expires":"ENDS"}},
            {"path":"odd/사과 1+2&3.jpg","keyword":"과일","score":0.1,"version":7,"source":"model",
            "columns":{"whole":9223372036854775807,"exact":1.10,"inexact":null,"fresh":true,"at":"2026-01-01T18:04:05.6Z",
            "wall":"2026-01-02T03:04:05","day":"2026-01-02",
            "doc":{"a": null, "b": [1, "가"]},"words":["x \"y\" \\",null,"NULL","가"],
            "numbers":[[1,2],[3,null]],"raw":"AP8=","note":"\"\\/\t\u0001<>&'가\uD83D\uDE00","a\"b":1},
            "image":{"url":"/images/odd/%EC%82%AC%EA%B3%BC%201%2B2%263.jpg?v=0&width=240&for=1&SIGNED","expires":"ENDS"}},
            {"path":"odd/plain-name_3.~jpg","keyword":"과일","score":0.05,"version":null,"source":null,
            "columns":{"whole":null,"exact":null,"inexact":null,"fresh":null,"at":null,"wall":null,"day":null,
            "doc":null,"words":null,"numbers":null,"raw":null,"note":null,"a\"b":null},
            "image":{"url":"/images/odd/plain-name_3.~jpg?v=0&width=240&for=1&SIGNED","expires":"ENDS"}},
            {"path":"/no/path/../4.jpg","keyword":"과일","score":3e-07,"version":1,"source":"model",
            "columns":{"whole":1,"exact":1,"inexact":1,"fresh":true,"at":null,"wall":null,"day":null,
            "doc":null,"words":null,"numbers":null,"raw":null,"note":null,"a\"b":null}},
            {"path":"./odd/5.jpg","keyword":"과일","score":2e-07,"version":1,"source":"model",
            "columns":{"whole":1,"exact":1,"inexact":1,"fresh":true,"at":null,"wall":null,"day":null,
            "doc":null,"words":null,"numbers":null,"raw":null,"note":null,"a\"b":null},
            "image":{"url":"/images/odd/5.jpg?v=0&width=240&for=1&SIGNED","expires":"ENDS"}},
            {"path":null,"keyword":"과일","score":1e-07,"version":1,"source":"model",
            "columns":{"whole":1,"exact":1,"inexact":1,"fresh":true,"at":null,"wall":null,"day":null,
            "doc":null,"words":null,"numbers":null,"raw":null,"note":null,"a\"b":null}}],"next":null}
            """;
        Unsigned(body).ShouldBe(expected.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task An_answer_may_be_kept_where_the_file_says_so()
    {
        using var client = host.Client(TokenScope.Search);
        var address = new Uri("/api/v1/search?table=odd&keyword=과일", UriKind.Relative);
        using (var uncached = await client.GetAsync(address))
            (uncached.Headers.CacheControl, uncached.Headers.ETag).ShouldBe((null, null));

        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse(Pipeline.Replace("{ columns", "{ cache_seconds: 30, columns", StringComparison.Ordinal), "odd.yaml", "workspace")],
            CancellationToken.None);
        HttpResponseMessage first;
        while ((first = await client.GetAsync(address)).Headers.ETag is null)
            first.Dispose(); // until what the file said before is forgotten
        var tag = first.Headers.ETag!;
        first.Headers.CacheControl!.ToString().ShouldBe("max-age=30, private");
        first.Headers.Vary.ShouldContain("Authorization");
        first.Dispose();

        (await AskAsync(client, address, tag)).ShouldBe((HttpStatusCode.NotModified, ""));
        client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br, gzip");
        (await AskAsync(client, address, tag)).ShouldBe((HttpStatusCode.NotModified, ""));
        client.DefaultRequestHeaders.AcceptEncoding.Clear();
        await host.OwnerAsync("UPDATE public.odd SET whole = 2 WHERE image_path IS NULL");
        var (status, body) = await AskAsync(client, address, tag);
        (status, body.Contains("\"whole\":2", StringComparison.Ordinal)).ShouldBe((HttpStatusCode.OK, true));
    }

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpClient client, Uri address, EntityTagHeaderValue known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { IfNoneMatch = { known } } };
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    // Without what differs from hour to hour
    private static string Unsigned(string body) => Ends().Replace(Signatures().Replace(body, "&SIGNED"), "\"expires\":\"ENDS\"");

    [GeneratedRegex("\"url\":\"([^\"]+)\"")]
    private static partial Regex Links();

    [GeneratedRegex(@"&expires=\d+&signature=[\w-]{43}")]
    private static partial Regex Signatures();

    [GeneratedRegex("\"expires\":\"[^\"]+\"")]
    private static partial Regex Ends();
}
