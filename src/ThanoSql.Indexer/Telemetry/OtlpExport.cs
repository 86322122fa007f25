using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>
/// Sends metrics and traces to a collector while the process runs, what is left on its way out; idle without <c>Telemetry:OtlpEndpoint</c>.
/// </summary>
internal sealed class OtlpExport(IOptions<TelemetryOptions> options) : IHostedService, IDisposable
{
    private MeterProvider? _meters;
    private TracerProvider? _tracer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.OtlpEndpoint is not { } endpoint)
            return Task.CompletedTask;
        var resource = ResourceBuilder.CreateDefault().AddService(
            "thanosql", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString());
        _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(TelemetryServices.Ours + "*", "MassTransit")
            .AddOtlpExporter(exporter => Set(exporter, endpoint, "v1/metrics")).Build();
        _tracer = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(TelemetryServices.Ours + "*", "MassTransit")
            .AddOtlpExporter(exporter => Set(exporter, endpoint, "v1/traces")).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _tracer?.Dispose();
        _meters?.Dispose();
        (_tracer, _meters) = (null, null);
    }

    private void Set(OtlpExporterOptions exporter, Uri endpoint, string path)
    {
        var grpc = options.Value.OtlpProtocol == "grpc";
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // The SDK appends the path only to endpoints of its own environment variables.
        exporter.Endpoint = grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
    }
}
