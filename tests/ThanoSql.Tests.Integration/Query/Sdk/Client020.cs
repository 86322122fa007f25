using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>
/// What thanosql-magic 0.2.0 to 0.2.4 does with a cell: one POST of JSON without a content type of its own, to whichever of the two addresses it was
/// told. The documentation's cURL sends the same as a form.
/// </summary>
internal static class Client020
{
    public static IReadOnlyList<string> Addresses { get; } = ["/api/v1/query", "/api/v1/query/"];

    /// <summary>What the notebook prints and shows.</summary>
    public sealed record Shown(string? Printed, JsonElement? DataFrame, string? Print, JsonElement Options);

    /// <param name="address">Path of the service.</param>
    /// <param name="contentType">Null: none, as <c>requests</c> sends a text.</param>
    public static async Task<Shown> RunAsync(Uri service, string address, string token, string cell, string? contentType = null)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { query_string = cell })));
        if (contentType is not null)
            body.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var answer = await http.PostAsync(new Uri(service, address), body);
        var text = await answer.Content.ReadAsStringAsync();
        return (int)answer.StatusCode switch
        {
            200 => Show(Json(text).GetProperty("data")),
            401 => Failed(Json(text).GetProperty("detail").GetString()),
            500 => Failed(Json(text).GetProperty("message").GetString()),
            504 => Failed("timeout error"),
            _ => Failed(text),
        };
    }

    private static Shown Show(JsonElement data)
    {
        var df = data.GetProperty("df").GetString();
        return new Shown(
            df is null ? "Success" : null, df is null ? null : Json(df), data.GetProperty("print").GetString(), data.GetProperty("print_option"));
    }

    private static Shown Failed(string? text) => new(text, null, null, default);

    private static JsonElement Json(string text)
    {
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }
}
