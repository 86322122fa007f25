using Microsoft.Extensions.Options;
using ThanoSql.Catalog;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Metrics and traces of the roles in this process: sent by OTLP, read at <c>/metrics</c>.</summary>
internal static class TelemetryServices
{
    /// <summary>The names of our meters and activity sources all begin so.</summary>
    public const string Ours = "ThanoSql.";

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMetrics();
        services.AddOptions<TelemetryOptions>().Bind(configuration.GetSection(TelemetryOptions.Section)).ValidateDataAnnotations()
            .Validate(
                o => o.OtlpEndpoint is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
                "Telemetry:OtlpEndpoint is a URL such as http://127.0.0.1:4317.")
            .ValidateOnStart();
        services.AddHostedService<OtlpExport>();
        services.AddSingleton<MetricListener>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricListener>());
        return services;
    }

    /// <summary>Registers the gauges of what roles share: the catalog and, for workers, the broker's queues.</summary>
    public static IServiceCollection AddGauges(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        services.AddSingleton<CatalogFigures>();
        services.AddHostedService<CatalogGauges>();
        return roles.HasFlag(Roles.Worker) && configuration["Bus:Transport"] == "rabbitmq" ? services.AddHostedService<QueueGauges>() : services;
    }

    /// <summary>
    /// <c>GET /metrics</c> in Prometheus' text format 0.0.4, without a token: scrapers have none, and counts and durations are no secrets. It listens
    /// where the service does, so whoever may not read it is kept out by the network, or by <c>Telemetry:Prometheus=false</c>.
    /// </summary>
    public static void MapMetrics(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<IOptions<TelemetryOptions>>().Value.Prometheus)
            return;
        app.MapGet(
            "/metrics",
            (MetricListener metrics) => Results.Text(metrics.Collect(Exposition.Write), Exposition.ContentType, System.Text.Encoding.UTF8))
            .AllowAnonymous().ExcludeFromDescription();
    }
}
