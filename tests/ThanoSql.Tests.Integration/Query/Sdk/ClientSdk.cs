using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>
/// What the SDK (thanosql 1.0) does with a request: parameters written by Python into the address, a JSON body, <c>accept: application/json</c>; an
/// answer is read only from that type, and whatever has a member "error" is a failure.
/// </summary>
internal sealed class ClientSdk(Uri service, string token) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = new Uri(service, "/api/v1/"),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token), Accept = { new("application/json") } },
    };

    /// <summary>As its class <c>ThanoSQLValueError</c> and the like; what it does not know by a code is an internal error.</summary>
    public sealed class Failure(int code, string message) : Exception(message)
    {
        public int Code => code;
    }

    /// <summary>Until 1.0.7: with the kind of query.</summary>
    public Task<JsonElement> ExecuteAsync(string statement, string parameters = "") =>
        SendAsync(HttpMethod.Post, $"query/{parameters}", new { query_type = "thanosql", query_string = statement });

    /// <summary>From 1.0.8.</summary>
    public Task<JsonElement> ExecuteLaterAsync(string statement, string parameters = "") =>
        SendAsync(HttpMethod.Post, $"query/?max_results=100&keep_temp_table=True{parameters}", new { query_string = statement });

    public async Task<JsonElement> SendAsync(HttpMethod method, string address, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request);
        var isJson = answer.Content.Headers.ContentType?.MediaType == "application/json";
        using var json = JsonDocument.Parse(isJson ? await answer.Content.ReadAsStringAsync() : "{}");
        var hasError = json.RootElement.TryGetProperty("error", out var error);
        if (!answer.IsSuccessStatusCode || hasError)
        {
            throw hasError
                ? new Failure(error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!)
                : new Failure((int)answer.StatusCode, "An error had occurred. Please contact ThanoSQL team.");
        }
        return json.RootElement.Clone();
    }

    public void Dispose() => _http.Dispose();
}
