using Minio;

namespace ThanoSql.Storage.S3;

/// <summary>
/// The HTTP connections to an S3 server, on which its official client sends, and with it the few requests that the client does not know. Each
/// goes through the <see cref="S3Handler"/>, so it throws nothing but the store's own errors.
/// </summary>
internal sealed class S3Connection : IDisposable
{
    /// <summary>Longer keys are refused by the client, though S3 itself takes 1,024 bytes.</summary>
    public const int LongestKeyOfClient = 512;

    private readonly S3StoreOptions _options;
    private readonly TimeProvider _time;

    public S3Connection(S3StoreOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Http = new HttpClient(new S3Handler(options, time));
        Client = new MinioClient()
            .WithEndpoint(options.Address)
            .WithSSL(options.Address.Scheme == Uri.UriSchemeHttps)
            .WithCredentials(options.AccessKey, options.SecretKey)
            .WithRegion(options.Region) // else it asks for each bucket's region
            .WithHttpClient(Http, disposeHttpClient: true)
            .Build();
        Http.Timeout = Timeout.InfiniteTimeSpan; // attempts have their own; the client sets half an hour for all together
    }

    public HttpClient Http { get; }

    public IMinioClient Client { get; }

    public void Dispose() => Client.Dispose();

    /// <summary>Makes a bucket unless it exists.</summary>
    public async Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        // Not the client's: it names the region as the place of the bucket, which only AWS knows by that name.
        var place = string.IsNullOrEmpty(_options.Endpoint) && _options.Region != "us-east-1"
            ? $"<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + $"<LocationConstraint>{_options.Region}</LocationConstraint></CreateBucketConfiguration>"
            : "";
        try
        {
            await using var answer = await SendSignedAsync(HttpMethod.Put, $"/{bucket}", place, "text/xml", "s3", cancellationToken)
                .ConfigureAwait(false);
        }
        catch (StoreRefusedException exception) when (exception.Code == "BucketAlreadyOwnedByYou")
        {
            // This is what was asked for.
        }
    }

    /// <summary>An address of an object that is signed here.</summary>
    public Uri Presign(HttpMethod method, string bucket, string key, int seconds) =>
        new SignatureV4(_options.AccessKey, _options.SecretKey, _options.Region, "s3").Presign(
            method, new Uri(_options.Address, $"/{bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}"), seconds,
            _time.GetUtcNow());

    /// <summary>Sends a request that is signed here.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="target">Path and query, escaped.</param>
    /// <param name="body">The content; empty for none.</param>
    /// <param name="contentType">The type of <paramref name="body"/>.</param>
    /// <param name="service">For which the request is signed: <c>s3</c> or <c>sns</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Stream> SendSignedAsync(
        HttpMethod method, string target, string body, string contentType, string service, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(method, new Uri(_options.Address, target));
        if (bytes.Length > 0)
            request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = new(contentType) } };
        new SignatureV4(_options.AccessKey, _options.SecretKey, _options.Region, service).Sign(request, bytes, _time.GetUtcNow());
        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
    }
}
