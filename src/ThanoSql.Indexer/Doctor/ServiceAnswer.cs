using System.Text.Json;

namespace ThanoSql.Indexer.Doctor;

/// <summary>What a running service said of itself.</summary>
/// <param name="Address">Where it was asked.</param>
/// <param name="Trouble">Why nothing answers there that can be understood; null when something does.</param>
/// <param name="Version">Of its program.</param>
/// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>out</c>.</param>
/// <param name="Notes">What is wrong, by the names of its checks.</param>
/// <param name="Checks">The status of each.</param>
internal sealed record ServiceAnswer(
    Uri Address, string? Trouble, string Version, string Status,
    IReadOnlyDictionary<string, string> Notes, IReadOnlyDictionary<string, string> Checks)
{
    private const string Ready = "health/ready";

    /// <summary>Asks all of them at once.</summary>
    public static async Task<IReadOnlyList<ServiceAnswer>> AskAsync(IEnumerable<Uri> addresses, TimeSpan patience)
    {
        using var http = new HttpClient { Timeout = patience };
        return await Task.WhenAll(addresses.Select(address => AskAsync(http, address)));
    }

    private static async Task<ServiceAnswer> AskAsync(HttpClient http, Uri address)
    {
        try
        {
            using var reply = await http.GetAsync(new Uri($"{address.AbsoluteUri.TrimEnd('/')}/{Ready}"));
            var told = await reply.Content.ReadFromJsonAsync<JsonElement>();
            var checks = told.GetProperty("checks").EnumerateObject().ToDictionary(c => c.Name, c => c.Value);
            return new ServiceAnswer(
                address, null, told.GetProperty("version").GetString()!, told.GetProperty("status").GetString()!,
                checks.Where(c => c.Value.GetProperty("status").GetString() != "ok")
                    .ToDictionary(c => c.Key, c => c.Value.GetProperty("note").GetString() ?? "out"),
                checks.ToDictionary(c => c.Key, c => c.Value.GetProperty("status").GetString()!));
        }
        catch (Exception none) when (none is HttpRequestException or TaskCanceledException)
        {
            return Without(address, none is TaskCanceledException ? "no answer in time" : none.Message);
        }
        catch (Exception strange) when (strange is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Without(address, $"what answers at /{Ready} is no service of ours");
        }
    }

    private static ServiceAnswer Without(Uri address, string trouble) =>
        new(address, trouble, "", "", new Dictionary<string, string>(), new Dictionary<string, string>());
}
