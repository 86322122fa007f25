using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Tests.Faults.World;

/// <summary>A proxy before an S3 server that refuses, dawdles and cuts bodies short, as often as it is told to.</summary>
internal sealed class FaultyStore : IAsyncDisposable
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly HttpClient _inner;
    private readonly Random _random = new(7);
    private int _refused, _slowed, _cut;

    private FaultyStore(WebApplication app, Uri store)
    {
        _app = app;
        _inner = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = store };
    }

    public string Address => _app.Urls.First();

    /// <summary>Whether anything goes wrong.</summary>
    public bool Faults { get; set; } = true;

    /// <summary>Whether every listing is empty, though the server says that all is well.</summary>
    public bool ListsNothing { get; set; }

    /// <summary>Whether nothing may be done.</summary>
    public bool DeniesAll { get; set; }

    /// <summary>How often each fault was injected.</summary>
    public (int Refused, int Slowed, int Cut) Injected => (_refused, _slowed, _cut);

    public static async Task<FaultyStore> StartAsync(string store)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var proxy = new FaultyStore(builder.Build(), new Uri(store));
        proxy._app.Run(proxy.AnswerAsync);
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _inner.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (DeniesAll)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
            return;
        }
        if (ListsNothing && context.Request.Query.ContainsKey("list-type"))
        {
            await context.Response.WriteAsync("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
            return;
        }
        switch (Faults ? Dice() : 99)
        {
            case < 20:
                Interlocked.Increment(ref _refused);
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                await context.Response.WriteAsync("<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
                return;
            case < 30:
                Interlocked.Increment(ref _slowed);
                await Task.Delay(Slow, context.RequestAborted);
                await PassAsync(context, whole: true);
                return;
            case < 55:
                await PassAsync(context, whole: false);
                return;
            default:
                await PassAsync(context, whole: true);
                return;
        }
    }

    private int Dice()
    {
        lock (_random)
            return _random.Next(100);
    }

    private async Task PassAsync(HttpContext context, bool whole)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent());
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        if (content.Length > 0)
            request.Content = new ByteArrayContent(content.ToArray()) { Headers = { ContentType = new(context.Request.ContentType!) } };
        foreach (var (name, values) in context.Request.Headers)
            request.Headers.TryAddWithoutValidation(name, values.ToArray()); // Host too: it is signed
        using var reply = await _inner.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)reply.StatusCode;
        foreach (var (name, values) in reply.Headers.Concat(reply.Content.Headers))
            context.Response.Headers[name] = values.ToArray();
        context.Response.Headers.Remove("Transfer-Encoding");
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        var body = await reply.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (whole || body.Length < 2 || reply.StatusCode != HttpStatusCode.OK)
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
            return;
        }
        Interlocked.Increment(ref _cut);
        await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }
}
