using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using ThanoSql.Indexer.Telemetry;

namespace ThanoSql.Tests.Unit.Indexer;

/// <summary>What is sent at the end has a few seconds, however busy the process is: so it runs alone.</summary>
[CollectionDefinition(nameof(OtlpTests), DisableParallelization = true)]
[Collection(nameof(OtlpTests))]
public sealed class OtlpTests
{
    private readonly ConcurrentDictionary<string, string> _received = new();

    [Fact]
    public async Task A_collector_gets_metrics_and_the_traces_of_work_but_none_of_a_request_that_stands_alone()
    {
        await using var collector = await CollectorAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["Telemetry:OtlpEndpoint"] = collector.Urls.First();
        builder.Configuration["Telemetry:OtlpProtocol"] = "http/protobuf";
        builder.Services.AddTelemetry(builder.Configuration);
        using var source = new ActivitySource("ThanoSql.Tests.Otlp");

        await using (var app = builder.Build())
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            source.StartActivity("poll alone", ActivityKind.Client)?.Dispose();
            using var work = source.StartActivity("index something");
            source.StartActivity("ask within", ActivityKind.Client)?.Dispose();
        }

        _received.ShouldContainKey("/v1/metrics");
        var traces = _received["/v1/traces"];
        traces.ShouldContain("index something");
        traces.ShouldContain("ask within");
        traces.ShouldNotContain("poll alone");
    }

    private async Task<WebApplication> CollectorAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _received.AddOrUpdate(context.Request.Path, _ => Latin1(body), (_, before) => before + Latin1(body));
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static string Latin1(MemoryStream body) => Encoding.Latin1.GetString(body.ToArray());
}
