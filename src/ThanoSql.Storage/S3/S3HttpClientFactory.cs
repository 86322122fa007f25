using Amazon.Runtime;

namespace ThanoSql.Storage.S3;

/// <summary>The HTTP connections of one S3 client.</summary>
internal sealed class S3HttpClientFactory : HttpClientFactory
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5); // follows a changed address of the server

    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var connections = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a redirected request needs another signature
            ConnectTimeout = clientConfig.Timeout!.Value,
            PooledConnectionLifetime = ConnectionLifetime,
        };
        return new HttpClient(new SendAtOnceHandler(connections)) { Timeout = clientConfig.Timeout.Value };
    }

    /// <summary>
    /// Removes the client's <c>Expect: 100-continue</c>: after refusing such a PUT, radosgw takes the next request on the connection for the
    /// body that it was promised (Ceph issue 58286).
    /// </summary>
    private sealed class SendAtOnceHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.ExpectContinue = false;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
