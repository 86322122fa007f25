using System.Buffers;
using System.Net;

namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>One attempt to bring a partial file to its end.</summary>
internal sealed class HubDownload(HttpClient client, HubOptions options, Uri url, IProgress<HubProgress>? progress)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>What the hub says the file's SHA-256 is, once it has said so.</summary>
    public string? HubSha256 { get; private set; }

    /// <exception cref="TransientHubException">The attempt failed, another may succeed.</exception>
    /// <exception cref="TrunkException">No attempt can succeed.</exception>
    public async Task RunAsync(PartialFile part, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(options.StallTimeout);
        try
        {
            using var response = await HubResponse.GetAsync(client, url, part.Length, part.ETag, stall.Token).ConfigureAwait(false);
            HubSha256 = response.Sha256 ?? HubSha256;
            var total = Begin(part, response);
            await CopyAsync(response, part, total, stall, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException($"{url.Host} sent nothing for {options.StallTimeout.TotalSeconds:0.#} seconds");
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.NameResolutionError)
        {
            // A machine without internet: waiting brings nothing.
            throw new TrunkException(
                $"{url.Host} is not known here: {error.Message}. Set Models:HubUrl to a mirror, or install a file with --from.", error);
        }
        catch (Exception error) when (error is HttpRequestException or HttpIOException)
        {
            throw new TransientHubException(error.Message, inner: error);
        }
    }

    /// <summary>Places the file where the response starts; returns the whole file's size if it is known.</summary>
    private long? Begin(PartialFile part, HubResponse response)
    {
        long? total;
        switch (response.Status)
        {
            case HttpStatusCode.OK:
                total = response.Content.Headers.ContentLength;
                part.Restart(response.ETag);
                break;
            case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange is { } range && range.From == part.Length:
                total = range.Length;
                break;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                part.Restart(null);
                throw new TransientHubException($"{url.Host} could not continue the download; it starts over");
            case HttpStatusCode.NotFound or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.Gone:
                throw new TrunkException($"{url} is not there ({(int)response.Status}). Check Models:HubUrl and the source of the algorithm.");
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw new TransientHubException($"{url.Host} answers {(int)response.Status}", response.RetryAfter);
            default:
                throw new TrunkException($"{url} answers {(int)response.Status} {response.Status}.");
        }
        if (total is { } size && response.LinkedSize is { } linked && size != linked)
            throw new TrunkException($"{url} is {size} bytes long where the hub says {linked}.");
        CheckSpace(part, total ?? response.LinkedSize);
        return total ?? response.LinkedSize;
    }

    private static void CheckSpace(PartialFile part, long? total)
    {
        var free = new DriveInfo(Path.GetFullPath(part.Path)).AvailableFreeSpace;
        if (total - part.Length > free)
        {
            throw new TrunkException(
                $"{part.Path} needs {(total - part.Length) / 1_000_000} MB more, {free / 1_000_000} MB are free. "
                + "Make room, or choose another model folder.");
        }
    }

    private async Task CopyAsync(
        HubResponse response, PartialFile part, long? total, CancellationTokenSource stall, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            while (true)
            {
                stall.CancelAfter(options.StallTimeout);
                var read = await ReadAsync(body, buffer, stall.Token).ConfigureAwait(false);
                if (read == 0)
                    break;
                await part.AppendAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress?.Report(new(part.Length, total));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (total is { } size && part.Length != size)
            throw new TransientHubException($"{url.Host} cut the download off at {part.Length} of {size} bytes");
    }

    private static async ValueTask<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer.AsMemory(0, BufferBytes), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new TransientHubException(error.Message, inner: error);
        }
    }
}

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
