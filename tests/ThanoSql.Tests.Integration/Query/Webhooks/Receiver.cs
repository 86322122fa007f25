using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Tests.Integration.Query.Webhooks;

/// <summary>A shop's own server that is told of events. It takes them when their signature is right, as Standard Webhooks has it.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Call> _taken = [];
    private int _calls;

    private Receiver(WebApplication app) => _app = app;

    public string Address => $"{_app.Urls.Single()}/hooks";

    /// <summary>As the service told it: <c>whsec_…</c>.</summary>
    public string Secret { get; set; } = "";

    /// <summary>What it answers to a call, by the call's number from 1. Only those with a 2xx count as taken.</summary>
    public Func<int, Call, HttpContext, Task<int>> Answer { get; set; } = (_, _, _) => Task.FromResult(200);

    public int Calls => _calls;

    public IReadOnlyList<Call> Taken => [.. _taken];

    /// <summary>The events that it took, in order.</summary>
    public IReadOnlyList<JsonElement> Events => [.. _taken.SelectMany(c => c.Events)];

    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel().UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        var receiver = new Receiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Does not answer until the caller has had enough, or something is over.</summary>
    public static Task HangAsync(HttpContext context, Task? over = null) =>
        Task.WhenAny(over ?? Task.Delay(Timeout.Infinite), Task.Delay(Timeout.Infinite, context.RequestAborted));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        var call = new Call($"{headers["webhook-id"]}", $"{headers["webhook-timestamp"]}", body.ToArray());
        var status = $"{headers["webhook-signature"]}" == Signature(call) ? await Answer(Interlocked.Increment(ref _calls), call, context) : 401;
        if (status is >= 200 and < 300)
            _taken.Enqueue(call);
        context.Response.StatusCode = status;
    }

    private string Signature(Call call)
    {
        Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(call.Timestamp, CultureInfo.InvariantCulture)).ShouldBeLessThan(300);
        var signed = Encoding.UTF8.GetBytes($"{call.Id}.{call.Timestamp}.").Concat(call.Body).ToArray();
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret["whsec_".Length..]), signed));
    }

    internal sealed record Call(string Id, string Timestamp, byte[] Body)
    {
        public IReadOnlyList<JsonElement> Events { get; } =
            [.. JsonSerializer.Deserialize<JsonElement>(Body).GetProperty("events").EnumerateArray()];
    }
}
