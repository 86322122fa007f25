using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

/// <summary>Looks up the addresses of a host.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>
/// Calls receivers. What they are is checked where it cannot change any more: at the address that the socket connects to. Redirects are not followed,
/// proxies not used, and an answer is its status.
/// </summary>
internal sealed class WebhookCaller : IDisposable
{
    private const int MostOfAnswer = 4096; // bytes that are read so that a connection can be used again

    private readonly WebhookOptions _options;
    private readonly ResolveHost _resolve;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public WebhookCaller(IOptions<WebhookOptions> options, ResolveHost resolve, TimeProvider time)
    {
        (_options, _resolve, _time) = (options.Value, resolve, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
            MaxResponseDrainSize = MostOfAnswer,
            MaxResponseHeadersLength = 16, // KB
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = _options.Timeout,
        };
    }

    /// <returns>What went wrong; null when the receiver took the message.</returns>
    public async Task<WebhookAnswer> CallAsync(WebhookTarget target, WebhookMessage message, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Request(WebhookAddress.Parse(target.Url, _options), target.Secret, message);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var status = (int)answer.StatusCode;
            return new WebhookAnswer(status, status switch
            {
                >= 200 and < 300 => null,
                >= 300 and < 400 => $"The receiver answered {status}; redirects are not followed.",
                _ => $"The receiver answered {status}.",
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(null, $"The receiver did not answer within {_options.Timeout.TotalSeconds:0.#} s (Webhooks:Timeout).");
        }
        catch (HttpRequestException failed)
        {
            // The inner one says why TLS failed
            return new WebhookAnswer(null, failed.InnerException is AuthenticationException why ? why.Message : failed.Message);
        }
        catch (QueryException notAllowed)
        {
            return new WebhookAnswer(null, notAllowed.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(Uri url, byte[] secret, WebhookMessage message)
    {
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        return new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(message.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } },
            Headers =
            {
                { "User-Agent", $"thanosql/{Product.Version}" },
                { "webhook-id", message.Id },
                { "webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture) },
                { "webhook-signature", message.Sign(secret, timestamp) },
            },
        };
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken);
        if (!_options.AllowPrivate)
            addresses = Array.FindAll(addresses, PublicAddress.Is);
        if (addresses.Length == 0)
            throw new IOException($"'{host}' is not on the public internet (Webhooks:AllowPrivate).");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>What became of a call.</summary>
/// <param name="Status">Of HTTP; null without an answer.</param>
/// <param name="Error">Null when the receiver took it.</param>
public sealed record WebhookAnswer(int? Status, string? Error);
