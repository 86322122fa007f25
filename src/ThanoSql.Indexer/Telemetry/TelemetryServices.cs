using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ThanoSql.Query;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>An OpenTelemetry collector that metrics and traces are sent to, <c>http://host:4317</c>; nothing is sent without it.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary><c>grpc</c>, or <c>http/protobuf</c> (usually port 4318; the signals' paths are appended).</summary>
    [RegularExpression("^(grpc|http/protobuf)$", ErrorMessage = "Telemetry:OtlpProtocol is 'grpc' or 'http/protobuf'.")]
    public string OtlpProtocol { get; set; } = "grpc";

    /// <summary>Whether <c>/metrics</c> answers.</summary>
    public bool Prometheus { get; set; } = true;
}

/// <summary>Metrics and traces of the roles in this process: sent by OTLP, read at <c>/metrics</c>.</summary>
internal static class TelemetryServices
{
    /// <summary>The names of our meters and activity sources all begin so.</summary>
    public const string Ours = "ThanoSql.";

    // Of OpenTelemetry's semantic conventions for durations, and up to the lag of a busy day.
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 1800];
    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

    // It hears the instruments of every host in the process, which tests have by the dozen; beyond the default, a thousand, others are not heard.
    private const int MetricStreams = 20_000;

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection(TelemetryOptions.Section);
        services.AddOptions<TelemetryOptions>().Bind(section).ValidateDataAnnotations()
            .Validate(
                options => options.OtlpEndpoint is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
                "Telemetry:OtlpEndpoint is a URL such as http://127.0.0.1:4317.")
            .ValidateOnStart();
        var options = section.Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("thanosql", serviceVersion: Product.Version));
        if (options.Prometheus || options.OtlpEndpoint is not null)
            telemetry.WithMetrics(metrics => Measure(metrics, options));
        if (options.OtlpEndpoint is not null)
            telemetry.WithTracing(traces => Trace(traces, options));
        return services;
    }

    /// <summary>Registers the gauges of what roles share: the catalog and, for workers, the broker's queues.</summary>
    public static IServiceCollection AddGauges(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        services.AddSingleton<CatalogFigures>();
        services.AddHostedService<CatalogGauges>();
        services.AddHostedService<QualityGauges>();
        return roles.HasFlag(Roles.Worker) && configuration["Bus:Transport"] == "rabbitmq" ? services.AddHostedService<QueueGauges>() : services;
    }

    /// <summary>
    /// <c>GET /metrics</c> in Prometheus' text format 0.0.4, without a token: scrapers have none, and counts and durations are no secrets. It listens
    /// where the service does, so whoever may not read it is kept out by the network, or by <c>Telemetry:Prometheus=false</c>.
    /// </summary>
    public static void MapMetrics(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<IOptions<TelemetryOptions>>().Value.Prometheus)
            app.MapPrometheusScrapingEndpoint("/metrics", null, branch => branch.Use(AskForText), null).AllowAnonymous();
    }

    private static void Measure(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        metrics.AddMeter(Ours + "*", "MassTransit").SetMaxMetricStreams(MetricStreams).AddView(BucketsOf)
            .AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation().AddNpgsqlInstrumentation();
        if (options.Prometheus)
        {
            metrics.AddPrometheusExporter(exporter =>
            {
                exporter.ScopeInfoEnabled = exporter.TargetInfoEnabled = false;
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            });
        }
        if (options.OtlpEndpoint is { } endpoint)
            metrics.AddOtlpExporter(exporter => Send(exporter, endpoint, options.OtlpProtocol, "v1/metrics"));
    }

    private static void Trace(TracerProviderBuilder traces, TelemetryOptions options) => traces
        .AddSource(Ours + "*", "MassTransit").SetSampler(new ParentBasedSampler(new WorkSampler()))
        .AddAspNetCoreInstrumentation(requests => requests.Filter = IsWork).AddHttpClientInstrumentation().AddNpgsql().AddProcessor(new WithoutSql())
        .AddOtlpExporter(exporter => Send(exporter, options.OtlpEndpoint!, options.OtlpProtocol, "v1/traces"));

    private static void Send(OtlpExporterOptions exporter, Uri endpoint, string protocol, string path)
    {
        var grpc = protocol == "grpc";
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // The SDK appends the path only to endpoints of its own environment variables.
        exporter.Endpoint = grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
    }

    // An instrument that advises no buckets of its own would get OpenTelemetry's, which are meant for milliseconds.
    private static ExplicitBucketHistogramConfiguration? BucketsOf(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> doubles => doubles.Advice is not null,
            Histogram<long> longs => longs.Advice is not null,
            Histogram<int> ints => ints.Advice is not null,
            _ => true,
        };
        return advised || !instrument.Meter.Name.StartsWith(Ours, StringComparison.Ordinal)
            ? null
            : new ExplicitBucketHistogramConfiguration { Boundaries = instrument.Unit == "s" ? Seconds : Counts };
    }

    // OpenMetrics, which Prometheus prefers, writes le="1.0" and adds _created: other series than those that dashboards know.
    private static Task AskForText(HttpContext context, RequestDelegate next)
    {
        context.Request.Headers.Accept = "text/plain";
        return next(context);
    }

    private static bool IsWork(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && context.Request.Path != "/metrics";

    /// <summary>Statements stay here: they hold users' data, and the passwords of roles.</summary>
    private sealed class WithoutSql : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => data.SetTag("db.query.text", null).SetTag("db.statement", null);
    }

    /// <summary>Queries and requests that stand alone (pollers ask every second) begin no trace; all else does.</summary>
    private sealed class WorkSampler : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => new(samplingParameters.Kind != ActivityKind.Client);
    }
}
