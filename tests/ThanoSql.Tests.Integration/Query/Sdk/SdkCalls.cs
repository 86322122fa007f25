using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>Calls as the SDK 1.0.11 makes them (dialect.md 3.5), and what it makes of the answers.</summary>
internal sealed class SdkCalls(QueryHost host, string secret) : IDisposable
{
    private readonly HttpClient _http = host.ClientOf(secret);

    /// <param name="address">As the SDK writes it: parameters are not encoded further than HTTP needs.</param>
    /// <param name="payload">What it sends as JSON.</param>
    public Task<SdkReply> SendAsync(string method, string address, object? payload = null) =>
        SendAsync(method, address, payload is null ? null : new StringContent(Json(payload), Encoding.UTF8, "application/json"));

    /// <summary>With a file, and beside it perhaps a part <c>body</c>.</summary>
    public Task<SdkReply> UploadAsync(string address, string name, byte[] content, object? payload = null)
    {
        var form = new MultipartFormDataContent { { new ByteArrayContent(content), "file", name } };
        if (payload is not null)
            form.Add(new StringContent(Json(payload), Encoding.UTF8, "application/json"), "body");
        return SendAsync("post", address, form);
    }

    public async Task<SdkReply> SendAsync(string method, string address, HttpContent? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), new Uri(address, UriKind.Relative)) { Content = body };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var content = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.ToString().Contains("application/json", StringComparison.Ordinal) is true;
        return new SdkReply((int)response.StatusCode, content, isJson, response.Content.Headers.ContentDisposition?.ToString());
    }

    public void Dispose() => _http.Dispose();

    private static string Json(object payload) => payload as string ?? JsonSerializer.Serialize(payload);
}

internal sealed record SdkReply(int Status, byte[] Content, bool IsJson, string? Disposition)
{
    public string Text => Encoding.UTF8.GetString(Content);

    /// <summary>Of an answer that the SDK takes for a success.</summary>
    public JsonElement Body
    {
        get
        {
            Status.ShouldBeInRange(200, 299, Text);
            IsJson.ShouldBeTrue();
            var body = JsonSerializer.Deserialize<JsonElement>(Text);
            body.TryGetProperty("error", out _).ShouldBeFalse(Text);
            return body;
        }
    }

    /// <summary>Code and message of an answer that the SDK raises an error for.</summary>
    public (int Code, string Message) Error
    {
        get
        {
            IsJson.ShouldBeTrue(Text);
            var error = JsonSerializer.Deserialize<JsonElement>(Text).GetProperty("error");
            return (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!);
        }
    }
}
