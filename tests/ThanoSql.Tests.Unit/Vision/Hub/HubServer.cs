using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ThanoSql.Vision.Trunks.Hub;

namespace ThanoSql.Tests.Unit.Vision.Hub;

/// <summary>A hub of one file on 127.0.0.1, with ETag and ranges, that misbehaves as a test asks.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;
    private long _received;

    private HubServer(WebApplication app, byte[] content)
    {
        (_app, Content) = (app, content);
        Received = new Callback(p => Interlocked.Exchange(ref _received, p.Bytes));
    }

    public byte[] Content { get; set; }

    public string? ETag { get; set; } = "\"one\"";

    /// <summary>Sent with the redirect, as the real hub does.</summary>
    public string? LinkedEtag { get; set; }

    public bool Redirects { get; set; }

    /// <summary>Called with the number of the request (from 1); true when it has answered.</summary>
    public Func<int, HttpContext, Task<bool>> Misbehave { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Range headers of the requests for the file, "" where there was none.</summary>
    public ConcurrentQueue<string> Ranges { get; } = new();

    public ConcurrentQueue<string> Paths { get; } = new();

    public Uri Url => new(_app.Urls.Single());

    public static async Task<HubServer> StartAsync(byte[] content)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new HubServer(app, content);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>What the client has reported; a connection that is cut earlier loses bytes on the way.</summary>
    public IProgress<HubProgress> Received { get; }

    /// <summary>Sends the first bytes of the file under the length of the whole, then cuts the connection when they have arrived.</summary>
    public async Task<bool> CutAsync(HttpContext context, int bytes)
    {
        context.Response.Headers.ETag = ETag;
        context.Response.ContentLength = Content.Length;
        await context.Response.Body.WriteAsync(Content.AsMemory(0, bytes));
        await context.Response.Body.FlushAsync();
        while (Interlocked.Read(ref _received) < bytes)
            await Task.Delay(5, context.RequestAborted);
        context.Abort();
        return true;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Paths.Enqueue(context.Request.Path);
        if (Redirects && !context.Request.Path.StartsWithSegments("/content"))
        {
            context.Response.Headers["X-Linked-Etag"] = LinkedEtag;
            context.Response.Headers["X-Linked-Size"] = Content.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.Redirect("/content/file");
            return;
        }
        Ranges.Enqueue(context.Request.Headers.Range.ToString());
        if (!await Misbehave(Interlocked.Increment(ref _requests), context))
            await SendAsync(context);
    }

    private async Task SendAsync(HttpContext context)
    {
        var from = 0;
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } first && context.Request.Headers.IfRange == ETag)
        {
            from = (int)first;
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture, $"bytes {from}-{Content.Length - 1}/{Content.Length}");
        }
        context.Response.Headers.ETag = ETag;
        context.Response.ContentLength = Content.Length - from;
        await context.Response.Body.WriteAsync(Content.AsMemory(from));
    }

    internal sealed class Callback(Action<HubProgress> action) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => action(value);
    }
}
