using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>A request as it goes over the wire.</summary>
/// <param name="Kind">What it is after.</param>
/// <param name="Line">Method and address; {token} stands for the secret of the scope that tries.</param>
/// <param name="Body">Behind the headers.</param>
/// <param name="Headers">Besides Host and Connection; the token's own and the body's length where none is given.</param>
internal sealed record HttpAttempt(string Kind, string Line, string Body = "", params string[] Headers)
{
    /// <summary>The widest scope that must be refused.</summary>
    public TokenScope UpTo { get; init; } = TokenScope.Admin;

    /// <summary>May be let through, with nothing secret in the answer and nothing changed.</summary>
    public bool Idle { get; init; }

    public string Head(string token)
    {
        var line = Line.Contains(" HTTP/", StringComparison.Ordinal) ? Line : $"{Line} HTTP/1.1";
        var head = new StringBuilder($"{line}\nHost: localhost\nConnection: close");
        if (!Has("Authorization"))
            head.Append("\nAuthorization: Bearer {token}");
        if (!Has("Content-Length") && !Has("Transfer-Encoding"))
            head.Append($"\nContent-Length: {Encoding.UTF8.GetByteCount(Body)}");
        foreach (var header in Headers.Where(h => h.Length > 0))
            head.Append('\n').Append(header);
        return head.ToString().Replace("{token}", token, StringComparison.Ordinal);
    }

    public override string ToString() => $"{Short(Line, 200)} [{string.Join(", ", Headers.Select(h => Short(h, 80)))}] {Short(Body, 200)}";

    private static string Short(string text, int most) => text.Length > most ? text[..most] + "…" : text;

    // An empty one stands for no token.
    private bool Has(string header) => Headers.Any(
        h => h.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase) || h.Length == 0 && header == "Authorization");
}

internal static class HttpAttempts
{
    private const string Query = "POST /api/v1/query";
    private const string Json = "Content-Type: application/json";
    private const string Select = "{\"query_string\": \"SELECT 1\"}";

    public static IEnumerable<HttpAttempt> All =>
    [
        .. PathAttempts.Addresses.Select(a => new HttpAttempt("paths of pictures", $"GET /images/{a}") { Idle = a == ".." }),
        .. PathAttempts.Addresses.Select(a => new HttpAttempt("paths of pictures", $"PUT /api/v1/images/{a}", "\u00ff\u00d8 no picture")),
        // Some end at the list
        .. PathAttempts.Addresses.Select(a => new HttpAttempt("paths of pictures", $"GET /api/v1/images/{a}") { Idle = true }),
        // What is not there is no error
        .. PathAttempts.Addresses.Select(a => new HttpAttempt("paths of pictures", $"DELETE /api/v1/images/{a}") { Idle = true }),
        .. PathAttempts.Addresses.Select(a => new HttpAttempt(
            "paths of forms", $"POST /api/v1/images?prefix={a}", Form, "Content-Type: multipart/form-data; boundary=x") { Idle = true }),
        .. PathAttempts.Addresses.Take(20).Select(a => new HttpAttempt("paths of labels", $"PUT /api/v1/labels/{a}", "{\"label\": \"red\"}")),
        .. PathAttempts.Addresses.Take(20).Select(a =>
            new HttpAttempt("paths of labels", "PUT /api/v1/labels", JsonSerializer.Serialize(new { labels = new[] { Red(a) } })) { Idle = true }),
        .. Inside.Select(url =>
            new HttpAttempt("receivers", "POST /api/v1/webhooks", $"{{\"url\": \"{url}\", \"events\": [\"image.gone\"]}}", Json)),
        .. Tokens, .. TokenRows, .. Links, .. Bodies, .. Framing, .. Searches, .. Others,
    ];

    private static IEnumerable<HttpAttempt> TokenRows =>
    [
        new("tokens over HTTP", "GET /api/v1/tokens") { UpTo = TokenScope.Write },
        new("tokens over HTTP", "HEAD /api/v1/tokens") { UpTo = TokenScope.Write },
        new("tokens over HTTP", "POST /api/v1/tokens", "{\"name\": \"mine\", \"scope\": \"admin\"}") { UpTo = TokenScope.Write },
        .. new[] { "search", "query", "write" }.SelectMany(own => new HttpAttempt[]
        {
            new("tokens over HTTP", $"PATCH /api/v1/tokens/{own}", "{\"scope\": \"admin\"}"),
            new("tokens over HTTP", $"PATCH /api/v1/tokens/{own}", "{\"expires_at\": null}") { UpTo = TokenScope.Write },
            new("tokens over HTTP", $"DELETE /api/v1/tokens/{own}") { UpTo = TokenScope.Write },
            new("tokens over HTTP", $"PATCH /api/v1/tokens/{own}?api_token={{token}}", "{}", ""),
        }),
        .. BadQueries.Select(body => new HttpAttempt("tokens over HTTP", "POST /api/v1/tokens", body)),
        .. BadQueries.Select(body => new HttpAttempt("tokens over HTTP", "PATCH /api/v1/tokens/search", body)),
        .. new[] { "%00", "%2e%2e", "x'--", "%ed%a0%80", new string('n', 5000) }.SelectMany(name => new HttpAttempt[]
        {
            new("tokens over HTTP", $"PATCH /api/v1/tokens/{name}", "{}"), new("tokens over HTTP", $"DELETE /api/v1/tokens/{name}"),
        }),
    ];

    private static IEnumerable<HttpAttempt> Links =>
    [
        .. BadQueries.Select(body => new HttpAttempt("links", "POST /api/v1/links", body)),
        .. PathAttempts.Addresses.Take(20).Select(a => new HttpAttempt("links", "POST /api/v1/links", $"{{\"paths\": [\"{a}\"]}}") { Idle = true }),
        .. new[] { "link.jpg", "linkfolder/secret.jpg", "s3://linkbucket/secret.jpg", "etc/passwd", ".hidden.csv" }.Select(path =>
            new HttpAttempt("links", "POST /api/v1/links", $"{{\"paths\": [\"{path}\"], \"minutes\": 43200}}") { Idle = true }),
        new("links", "POST /api/v1/links", "{\"paths\": [], \"minutes\": 43201}"),
        new("links", "POST /api/v1/links", "{\"paths\": [], \"width\": 4000}"),
        new("links", "POST /api/v1/links", "{\"paths\": [\"x\\u0000\"]}"), new("links", "POST /api/v1/links", "{\"paths\": [null]}"),
    ];

    // Each with an outcome of its own, none of which is a picture in the store
    private const string Form =
        "--x\r\nContent-Disposition: form-data; name=f; filename=\"../../outside/escaped.jpg\"\r\n\r\n\u00ff\u00d8\r\n"
        + "--x\r\nContent-Disposition: form-data; name=f; filename*=UTF-8''..%2F..%2Fetc%2Fescaped.jpg\r\n\r\n\u00ff\u00d8\r\n--x--\r\n";

    private static IEnumerable<string> Inside =>
    [
        "http://shop.example/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0/", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[fd00::1]/", "https://[fe80::1]/",
        "https://a:b@shop.example/", "file:///etc/passwd", "gopher://shop.example/", "unix:///var/run/x", "//shop.example/", "",
        "https://shop.example/#x", "https://" + new string('x', 3000),
    ];

    private static object Red(string path) => new { path, label = "red" };

    // Other ways to say who one is.
    private static IEnumerable<HttpAttempt> Tokens =>
    [
        new("tokens", "GET /api/v1/audit", "", ""),
        new("tokens", "GET /api/v1/audit", "", "Authorization: {token}"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Basic {token}"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer {token}x"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer {token},"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer {token}", "Authorization: Bearer {token}"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer x", "Authorization: Bearer {token}"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer {token}\u0000"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer ' OR 1=1 --"),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer " + new string('x', 20_000)),
        new("tokens", "GET /api/v1/audit", "", "Authorization: Bearer " + new string('\u00ff', 200)),
        new("tokens", "GET /api/v1/audit?api_token={token}", "", ""),
        new("tokens", "GET /api/v1/search?table=products&api_token={token}", "", ""),
        new("tokens", "GET /api/v1/labels?api_token={token}", "", ""),
        new("tokens", "POST /api/v1/query?api_token={token}", Select, ""),
        new("tokens", "POST /api/v1/failures/retry?api_token={token}", "{}", ""),
        new("tokens", "POST /api/v1/models/colours/train?api_token={token}", "", ""),
        new("tokens", "PUT /api/v1/images/x.jpg?api_token={token}", "x", ""),
        new("tokens", "GET /ws/v1/query?api_token={token}", "", ""),
        new("tokens", "GET /api/v1/audit", "", "", "Cookie: api_token={token}"),
        new("tokens", "GET /api/v1/audit", "", "", "X-Api-Token: {token}"),
        .. ForScopes("X-Forwarded-For: 127.0.0.1"), .. ForScopes("X-Forwarded-User: admin"), .. ForScopes("X-Original-URL: /health/live"),
        .. ForScopes("X-Rewrite-URL: /health/live"), .. ForScopes("X-HTTP-Method-Override: OPTIONS"), .. ForScopes("X-Scope: admin"),
        .. ForScopes("Forwarded: for=127.0.0.1;host=localhost"), .. ForScopes("Origin: https://evil.example"), .. ForScopes("X-Token-Scope: admin"),
        new("tokens", "GET /api/v1/AUDIT") { UpTo = TokenScope.Write },
        new("tokens", "GET /api/v1/audit/") { UpTo = TokenScope.Write },
        new("tokens", "GET //api/v1/audit") { UpTo = TokenScope.Write },
        new("tokens", "GET /x/../api/v1/audit") { UpTo = TokenScope.Write },
        new("tokens", "GET /api/v1/%61udit") { UpTo = TokenScope.Write },
        new("tokens", "GET /health/live/../../api/v1/audit") { UpTo = TokenScope.Write },
        new("tokens", "GET http://localhost/api/v1/audit") { UpTo = TokenScope.Write },
        new("tokens", "HEAD /api/v1/audit") { UpTo = TokenScope.Write },
        new("tokens", "POST /api/v1/audit") { UpTo = TokenScope.Write },
        new("tokens", "GET /api/v1/audit?days=1&scope=admin") { UpTo = TokenScope.Write },
    ];

    private static IEnumerable<HttpAttempt> ForScopes(string header) =>
    [
        new("tokens", "GET /api/v1/audit", "", header) { UpTo = TokenScope.Write },
        new("tokens", "GET /api/v1/audit", "", "", header, header),
    ];

    private static IEnumerable<HttpAttempt> Bodies =>
    [
        .. BadQueries.Select(body => new HttpAttempt("bodies", Query, body)),
        .. BadQueries.Select(body => new HttpAttempt("bodies", "PUT /api/v1/labels/products/1.png", body)),
        .. BadQueries.Select(body => new HttpAttempt("bodies", "PUT /api/v1/labels", body)),
        .. BadQueries.Take(9).Select(body => new HttpAttempt("bodies", "POST /api/v1/webhooks", body, Json)),
        .. BadQueries.Take(9).Select(body =>
            new HttpAttempt("bodies", "POST /api/v1/failures/retry", body, "Content-Type: application/json") { Idle = true }),
        .. BadQueries.Take(9).Select(body => new HttpAttempt("bodies", "POST /api/v1/events", body)),
        .. BadForms.Select(body => new HttpAttempt(
            "bodies", "POST /api/v1/images?prefix=products/", body, "Content-Type: multipart/form-data; boundary=x")),
        new("bodies", "POST /api/v1/images", Form, "Content-Type: multipart/form-data; boundary=" + new string('x', 5_000)),
        new("bodies", "POST /api/v1/images", Form, "Content-Type: multipart/form-data"),
        new("bodies", "PUT /api/v1/images/products/1.png?wait=99s", "\u00ff\u00d8"),
        new("bodies", "PUT /api/v1/images/products/1.png", "\u00ff\u00d8", "If-None-Match: \"x\""),
        new("bodies", $"{Query}?max_results=-1", Select), new("bodies", $"{Query}?max_results=101", Select),
        new("bodies", $"{Query}?max_results=99999999999999999999", Select), new("bodies", $"{Query}?max_results=1e1", Select),
        .. new[]
        {
            "max_results=101", "overwrite=perhaps", "table_name=%00", "schema=nowhere&table_name=x",
            "schema=thanosql&table_name=token&overwrite=True", "schema=pg_catalog&table_name=pg_authid&overwrite=True",
            "schema=qm%22;DROP TABLE products&table_name=x", "table_name=" + new string('x', 64),
        }.Select(parameters => new HttpAttempt("bodies", $"{Query}/?{parameters.Replace(' ', '+')}", Select)),
        new("bodies", $"{Query}/", "{\"query_string\": \"SELECT {{ x }}\", \"parameters\": {\"y\": 1}}"),
        new("bodies", $"{Query}/", "{\"query_string\": \"SELECT '{{ x }}'\", \"parameters\": {\"x\": \"'; DROP TABLE products; --\"}}"),
        new("bodies", $"{Query}/", "{\"template_id\": 1}"), new("bodies", $"{Query}/", "{\"template_name\": \"'; DROP TABLE products; --\"}"),
        new("bodies", "POST /api/v1/query/template", "{\"query\": \"{% for x in y %}\"}"),
        new("bodies", "PUT /api/v1/query/template/x", "{\"query\": \"SELECT 1\"}"),
        new("bodies", $"{Query}?max_results=%00", Select), new("bodies", Query, new string('x', 100), "Content-Encoding: gzip"),
        new("bodies", "POST /api/v1/failures/dismiss", "{\"path\": \"../x\"}", "Content-Type: application/json"),
        new("bodies", "POST /api/v1/failures/dismiss", "{\"path\": \"x\\u0000\"}", "Content-Type: application/json"),
        new("bodies", "POST /api/v1/failures/retry", "{\"kind\": \"x'; DROP TABLE products\"}", "Content-Type: application/json"),
        new("bodies", "POST /api/v1/failures/retry", "{\"kind\": 1}", "Content-Type: application/json"),
        new("bodies", "POST /api/v1/failures/retry", "{}", "Content-Type: text/xml"),
        new("bodies", "POST /api/v1/failures/retry", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
            "Content-Type: application/xml"),
        .. BadKeys.Select(key => new HttpAttempt("store events", "POST /api/v1/events", Event(key))),
    ];

    private static IEnumerable<string> BadQueries =>
    [
        "", "[]", "1", "null", "{", "{\"query_string\": 1}", "{\"query_string\": null}", "\"x\"", "{\"query_string\": \"\\ud800\"}",
        new string('[', 100_000), string.Concat(Enumerable.Repeat("{\"a\":", 5_000)), "{\"query_string\": " + new string('[', 5_000),
        "{\"query_string\": \"SELECT 1\\u0000\"}", "{\"label\": \"x\\u0000\"}", "{\"label\": \"\\ud800\"}", "{\"label\": 1e999999}",
            "{\"label\": [\"x\"]}", "{\"label\": \"\"}",
        "{\"template_name\": \"x\"}", "{\"\\ud800\": \"x\"}", $"{{\"query_string\": 1{new string('0', 100_000)}}}", "\u00ff\u00fe",
            "{\"query_string\": \"SELECT 1\"} x",
        "query_string=SELECT+1", "--x\nContent-Disposition: form-data; name=\"query_string\"\n\nSELECT 1",
    ];

    private static IEnumerable<string> BadForms =>
    [
        "", "--x", "--x--", "--x\r\n\r\n", "--y\r\n\r\n--y--", "--x\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n--x--\r\n",
        $"--x\r\nContent-Disposition: form-data; name=f; filename=\"{new string('f', 50_000)}\"\r\n\r\nx\r\n--x--\r\n",
        string.Concat(Enumerable.Repeat("--x\r\n", 5_000)), "--x\r\nno header\r\n\r\nx\r\n--x--\r\n",
    ];

    private static IEnumerable<string> BadKeys => ["..%2F..%2Fx.jpg", "%2Fetc%2Fx.jpg", "a%00b.jpg", "%ff.jpg", "", new string('k', 5000),
        "a/../b.jpg", "a//b.jpg",
        $"{new string('a', 39)}{string.Concat(Enumerable.Repeat("%F0%9F%98%80", 300))}.jpg"];

    private static string Event(string key) =>
        """{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"workspace"},"object":{"key":"KEY","size":1}}}]}"""
            .Replace("KEY", key, StringComparison.Ordinal);

    private static IEnumerable<HttpAttempt> Framing =>
    [
        .. Chunks.Select(body => new HttpAttempt("framing", Query, body, "Transfer-Encoding: chunked")),
        new("framing", Query, Select, "Content-Length: -1"), new("framing", Query, Select, "Content-Length: 99999999999999999999"),
        new("framing", Query, Select, "Content-Length: 0x10"), new("framing", Query, Select, "Content-Length: 40000000"),
        new("framing", Query, Select, "Content-Length: 5", "Content-Length: 27"),
        new("framing", Query, Select, "Transfer-Encoding: xchunked"), new("framing", Query, Select, "Transfer-Encoding: chunked, identity"),
        new("framing", $"{Query} HTTP/9.9", Select), new("framing", $"{Query} HTTP/1.1 x", Select), new("framing", "PRI * HTTP/2.0"),
        new("framing", "GET api/v1/audit"), new("framing", "CONNECT localhost:5432"), new("framing", "TRACE /api/v1/audit"), new("framing",
            "G\u0000T /"),
        new("framing", $"GET /{new string('x', 20_000)}"), new("framing", $"GET /api/v1/search?table={new string('x', 9_000)}"),
        new("framing", "GET /api/v1/audit", "", "X: a\u0000b", ""), new("framing", "GET /api/v1/audit", "", ": x"), new("framing",
            "GET /api/v1/audit", "", "X : y"),
        new("framing", "GET /api/v1/audit", "", $"X: {new string('x', 40_000)}"),
        new("framing", "GET /api/v1/audit", "", [.. Enumerable.Range(0, 200).Select(i => $"X{i}: y")]),
        new("framing", "GET /ws/v1/query"), new("framing", "GET /ws/v1/query", "", "Upgrade: websocket", "Sec-WebSocket-Version: 99",
            "Sec-WebSocket-Key: x"),
        new("framing", "OPTIONS /api/v1/audit", "", "Origin: https://evil.example", "Access-Control-Request-Method: GET") { Idle = true },
    ];

    private static IEnumerable<string> Chunks =>
    [
        "FFFFFFFFFFFFFFFF\r\nx", "7FFFFFFFFFFFFFFF\r\nx", "80000000\r\nx", "-1\r\nx", "zz\r\nx", "5\r\nSELECT", "100000000000000000000\r\nx", "\r\n",
            "1;ext=\u0000\r\nx\r\n0\r\n\r\n",
    ];

    private static IEnumerable<HttpAttempt> Searches =>
    [
        .. new[]
        {
            "", "table=", "table=thanosql.token", "table=pg_authid", "table=products;DROP+TABLE+products", "table=products%22", "table=products%00",
                "table=Products",
            "table=products&sort=(SELECT+1)", "table=products&sort=image_path", "table=products&sort=price,(select+1)", "table=products&sort=--price",
            "table=products&image_path.eq=x", "table=products&price.lte=1+OR+1=1", "table=products&price.lte=1;DROP",
                "table=products&price.in=1,x", "table=products&price.in={1}", "table=products&price.is=x",
                "table=products&price.like=1", "table=products&facets=secret", "table=products&total=all", "table=products&rank=6",
                "table=products&match=none", "table=products&numbers=text",
                "table=products&price.in=%22}::int[]) OR (1=1",
            "table=products&price%22.eq=1", "table=products&price=NaN", "table=products&price.gte=99999999999999999999",
                "table=products&price.eq=%00",
            "table=products&min_score=NaN", "table=products&min_score=1e999", "table=products&min_score=-1", "table=products&limit=0",
                "table=products&limit=1e9",
            "table=products&limit=1.5", "table=products&width=1", "table=products&width=99999999999", "table=products&after=x",
            "table=products&after=AAAA.BBBB", "table=products&after=%00", "table=products&after=" + new string('A', 5000),
                "table=products&after=e30.x",
        }.Select(q => new HttpAttempt("search", $"GET /api/v1/search?{q}")),
        .. new[] { "", "?table=", "?table=x", "?table=thanosql.setting", "?table=shop.secret", "?table=products'--", "?table=%00",
                "?table=products&limit=0", "?table=products&limit=101", "?table=shop.secret&prefix=a" }
            .Select(q => new HttpAttempt("search", $"GET /api/v1/keywords{q}")),
        new("search", "GET /api/v1/search?table=products&keyword=x'%20OR%201=1--") { Idle = true },
        new("search", "GET /api/v1/search?table=products&keyword=%00") { Idle = true },
        new("search", "GET /api/v1/search?table=products&keyword=%ed%a0%80&keyword=$$;DROP") { Idle = true },
    ];

    private static IEnumerable<HttpAttempt> Others =>
    [
        .. new[] { "/api/v1/failures?limit=x", "/api/v1/failures?limit=99999999999", "/api/v1/failures?kind=x", "/api/v1/failures?kind=1",
            "/api/v1/labels?state=x'--",
            "/api/v1/images?state=x'--", "/api/v1/images?limit=0", "/api/v1/images?prefix=../", "/api/v1/images?prefix=%00",
            "/api/v1/images?after=../x", "/api/v1/images?prefix=s3://../", "/api/v1/images?after=s3://linkbucket/x",
            "/api/v1/labels?limit=-99999999999", "/api/v1/audit?days=x", "/api/v1/audit?days=99999999999999", "/api/v1/audit?limit=1;DROP",
            "/api/v1/token", "/api/v1/settings", "/api/v1/roles", "/admin", "/.env", "/appsettings.json", "/swagger", "/debug/pprof",
                "/metrics/../api/v1/token",
            "/images/", "/openapi/v2.json", "/openapi/..%2fv1.json", "/openapi/%00.json" }.Select(path => new HttpAttempt(
                "addresses", $"GET {path}")),
        .. new[] { "x", "x'--", "%00", "..", "%2e%2e%2f", "colours", "thanosql.token", new string('m', 5000), "%ed%a0%80", "products" }
            .Select(model => new HttpAttempt("addresses", $"POST /api/v1/models/{model}/train")),
        .. new[] { "0", "-1", "9223372036854775807", "9223372036854775808", "1'--", "%00", "null", "1e3" }
            .Select(run => new HttpAttempt("addresses", $"GET /api/v1/runs/{run}")),
        .. new[] { "DELETE /api/v1/audit", "DELETE /api/v1/labels", "PUT /api/v1/audit", "PATCH /api/v1/query", "DELETE /api/v1/failures",
            "POST /api/v1/labels",
            "POST /images/x.jpg", "DELETE /api/v1/models/colours", "GET /api/v1/models/colours/train", "POST /openapi/v1.json" }
            .Select(line => new HttpAttempt("addresses", line)),
        new("addresses", "POST /metrics") { Idle = true }, new("addresses", "POST /health/live") { Idle = true },
    ];
}
