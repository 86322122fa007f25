using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>A real HTTP server on loopback whose answers the test writes, one after the other; the last one stays.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<RequestDelegate> _answers;
    private readonly WebApplication _application;

    private ScriptedServer(RequestDelegate[] answers)
    {
        _answers = new ConcurrentQueue<RequestDelegate>(answers);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    /// <summary>Method, path with query, and body (up to 1,000 characters) of each request.</summary>
    public ConcurrentQueue<(string Method, string Target, string Body)> Requests { get; } = new();

    public string Address => _application.Urls.Single();

    public static async Task<ScriptedServer> StartAsync(params RequestDelegate[] answers)
    {
        var server = new ScriptedServer(answers);
        await server._application.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = new char[1000];
        var length = await reader.ReadBlockAsync(body, context.RequestAborted);
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        Requests.Enqueue((context.Request.Method, context.Request.Path + context.Request.QueryString, new string(body, 0, length)));
        if (!_answers.TryPeek(out var answer))
            return;
        if (_answers.Count > 1)
            _answers.TryDequeue(out answer);
        await answer!(context);
    }
}
