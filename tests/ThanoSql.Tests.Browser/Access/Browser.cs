using System.Net;
using System.Text.RegularExpressions;

namespace ThanoSql.Tests.Browser.Access;

/// <summary>A browser without a window or script, for what goes over the wire when somebody signs in.</summary>
internal sealed partial class Browser : IDisposable
{
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;

    public Browser(Uri service) => _http = new HttpClient(new HttpClientHandler { CookieContainer = _cookies, AllowAutoRedirect = false })
    {
        BaseAddress = service,
    };

    /// <summary>The cookie that signs in; null without one.</summary>
    public System.Net.Cookie? Session => _cookies.GetCookies(_http.BaseAddress!)["thanosql"];

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a form as it stands on a page, filled in.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(string page, params (string Name, string Value)[] fields)
    {
        var html = await (await GetAsync(page)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var hidden = Hidden().Matches(html).Select(field => (field.Groups["name"].Value, field.Groups["value"].Value));
        return await PostAsync("/sign-in", [.. hidden.Concat(fields).DistinctBy(field => field.Item1)]);
    }

    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var body = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await _http.PostAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]+)" value="(?<value>[^"]*)" ?/>""")]
    private static partial Regex Hidden();
}
