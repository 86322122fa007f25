using System.Globalization;
using System.Net;

namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>
/// A response after its redirects. The hub names checksum and size of a large file in headers of the redirect to its content network
/// (X-Linked-Etag, X-Linked-Size), so redirects are followed here and not by the HTTP client.
/// </summary>
internal sealed class HubResponse : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly HttpResponseMessage _message;

    private HubResponse(HttpResponseMessage message, string? sha256, long? size) => (_message, Sha256, LinkedSize) = (message, sha256, size);

    public HttpStatusCode Status => _message.StatusCode;

    public HttpContent Content => _message.Content;

    /// <summary>The strong ETag of the bytes that follow, quotes included; null when there is none.</summary>
    public string? ETag => _message.Headers.ETag is { IsWeak: false } tag ? tag.Tag : null;

    /// <summary>What the hub says the whole file's SHA-256 is, if it does.</summary>
    public string? Sha256 { get; }

    /// <summary>What the hub says the whole file's size is, if it does.</summary>
    public long? LinkedSize { get; }

    public TimeSpan? RetryAfter => _message.Headers.RetryAfter?.Delta;

    /// <summary>Sends a GET, from <paramref name="offset"/> on if the file still carries <paramref name="etag"/>.</summary>
    public static async Task<HubResponse> GetAsync(HttpClient client, Uri url, long offset, string? etag, CancellationToken cancellationToken)
    {
        string? sha256 = null;
        long? size = null;
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (offset > 0)
            {
                request.Headers.Range = new(offset, null);
                request.Headers.TryAddWithoutValidation("If-Range", etag);
            }
            var message = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            sha256 ??= Checksum(Header(message, "X-Linked-Etag") ?? message.Headers.ETag?.Tag);
            size ??= long.TryParse(Header(message, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var linked) ? linked : null;
            if ((int)message.StatusCode is not (>= 301 and <= 308) || message.Headers.Location is not { } location)
                return new HubResponse(message, sha256, size);
            message.Dispose();
            var next = new Uri(url, location);
            if (url.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            {
                throw new TrunkException(
                    $"{url.Host} redirects to the unencrypted address {next.GetLeftPart(UriPartial.Authority)}; that is refused.");
            }

            url = next;
        }
        throw new TrunkException($"{url.Host} redirects more than {MaxRedirects} times.");
    }

    public void Dispose() => _message.Dispose();

    private static string? Header(HttpResponseMessage message, string name) =>
        message.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>For large files the hub's ETag is the SHA-256, for small ones a Git hash.</summary>
    private static string? Checksum(string? etag)
    {
        var text = etag?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
        return text is { Length: 64 } && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;
    }
}
