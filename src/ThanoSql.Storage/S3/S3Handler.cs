using System.Net;
using System.Xml;
using System.Xml.Linq;
using Polly;
using Polly.Retry;

namespace ThanoSql.Storage.S3;

/// <summary>
/// Sends each request again after a transient error, with exponential back-off and jitter, and turns what remains into the store's own errors.
/// It does so below the client, which hands the body of an error to whoever reads the object, breaks on one without a body, and spoils the
/// query of what it sends again itself.
/// </summary>
internal sealed class S3Handler : DelegatingHandler
{
    /// <summary>Of requests whose answer is read by the caller as it arrives; other answers are whole when they are handed on.</summary>
    public static readonly HttpRequestOptionsKey<bool> Streamed = new("streamed");

    private const long MaxAnswer = 16 << 20; // 1,000 keys of 1,024 bytes, escaped, need a fifth
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5); // follows a changed address of the server

    // Transient in spite of their status 4xx.
    private static readonly string[] TransientCodes =
    [
        "RequestTimeout", "IncompleteBody", "OperationAborted", "SlowDown", "Throttling", "ThrottlingException", "RequestThrottled",
        "RequestTimeTooSkewed", "ConditionalRequestConflict",
    ];

    // The key is none for this server, MinIO's and file systems behind it included.
    private static readonly string[] InvalidNameCodes = ["KeyTooLongError", "InvalidURI", "InvalidObjectName", "XMinioInvalidObjectName"];

    // MinIO: an object stands where a folder is needed, or the other way round.
    private static readonly string[] BlockedCodes =
        ["ParentIsObject", "XMinioParentIsObject", "ObjectExistsAsDirectory", "XMinioObjectExistsAsDirectory"];

    private readonly TimeSpan _timeout;
    private readonly ResiliencePipeline _pipeline;

    public S3Handler(S3StoreOptions options, TimeProvider time)
        : base(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a redirected request needs another signature
            ConnectTimeout = options.Timeout,
            PooledConnectionLifetime = ConnectionLifetime,
        })
    {
        _timeout = options.Timeout;
        var builder = new ResiliencePipelineBuilder { Name = "store", TimeProvider = time };
        if (options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>(),
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = MaxDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }
        _pipeline = builder.Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(token => new ValueTask<HttpResponseMessage>(AttemptAsync(request, token)), cancellationToken)
            .ConfigureAwait(false);

    private async Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, limit.Token).ConfigureAwait(false);
            var whole = !request.Options.TryGetValue(Streamed, out _) || !response.IsSuccessStatusCode;
            if (whole && request.Method != HttpMethod.Head)
                await response.Content.LoadIntoBufferAsync(MaxAnswer, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw await ErrorAsync(request, response).ConfigureAwait(false);
            return response;
        }
        catch (Exception exception)
        {
            response?.Dispose();
            if (exception is HttpRequestException or IOException)
                throw Unavailable(request, exception.GetBaseException().Message, exception);
            if (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw Unavailable(request, "it did not answer in time.", exception);
            throw;
        }
    }

    private static async Task<StoreException> ErrorAsync(HttpRequestMessage request, HttpResponseMessage response)
    {
        var (code, message) = Read(await response.Content.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false)); // it is here already
        code = code.Length == 0 ? $"{(int)response.StatusCode}" : code;
        var path = request.RequestUri!.AbsolutePath.Trim('/').Split('/', 2);
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound when IsRead(request) && path.Length == 2 && code != "NoSuchBucket" => new ObjectMissingException(Target(request)),
            HttpStatusCode.NotFound when path[0].Length > 0 => new BucketNotFoundException(path[0]),
            _ when InvalidNameCodes.Contains(code) => new InvalidPathException($"{Target(request)}: the store takes no such name ({code})."),
            _ when BlockedCodes.Contains(code) =>
                new BlockedPathException($"{Target(request)}: an object is where a folder is needed, or a folder where an object is ({code})."),
            HttpStatusCode.NotImplemented =>
                new StoreRefusedException($"{Target(request)}: the store cannot do this: {message} ({code})") { Code = code },
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                Unavailable(request, $"{message} ({code})"),
            _ when TransientCodes.Contains(code) => Unavailable(request, $"{message} ({code})"),
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized =>
                new AccessDeniedException($"{Target(request)}: the store refused: {message} ({code})") { Code = code },
            _ => new StoreRefusedException($"{Target(request)}: the store refused: {message} ({code})") { Code = code },
        };
    }

    // A proxy in between answers with a page, and a HEAD with nothing.
    private static (string Code, string Message) Read(string answer)
    {
        try
        {
            var error = XDocument.Parse(answer).Descendants().FirstOrDefault(element => element.Name.LocalName == "Error")?.Elements().ToList() ?? [];
            return (Text("Code"), Text("Message"));
            string Text(string name) => error.Find(element => element.Name.LocalName == name)?.Value ?? "";
        }
        catch (XmlException)
        {
            return ("", "");
        }
    }

    private static bool IsRead(HttpRequestMessage request) => request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;

    private static StoreUnavailableException Unavailable(HttpRequestMessage request, string reason, Exception? cause = null) =>
        new($"{Target(request)}: the store is unavailable: {reason}", cause);

    // Without the query, in which signatures are.
    private static string Target(HttpRequestMessage request) => request.RequestUri!.AbsolutePath == "/"
        ? request.RequestUri.GetLeftPart(UriPartial.Authority)
        : $"s3:/{Uri.UnescapeDataString(request.RequestUri.AbsolutePath)}";
}

/// <summary>There is no such object; the answer to a HEAD does not tell whether there is a bucket.</summary>
internal sealed class ObjectMissingException(string target) : StoreException($"{target} does not exist.", null);
