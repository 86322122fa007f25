using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThanoSql.Embedding;

namespace ThanoSql.Query.Health;

/// <summary><c>/health/live</c>: the process runs. <c>/health/ready</c>: what it depends on answers; each named. Neither needs a token nor tells secrets.</summary>
internal static class HealthApi
{
    /// <summary>The tag of checks that readiness asks; a bus that is down, for one, stops no query.</summary>
    public const string Tag = "query";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddQueryHealth(this IServiceCollection services)
    {
        var checks = services.AddHealthChecks()
            .AddCheck<DatabaseCheck>("database", tags: [Tag], timeout: Patience)
            .AddCheck<StoreCheck>("store", tags: [Tag], timeout: Patience);
        if (services.Any(s => s.ServiceType == typeof(TrunkCatalog))) checks.AddCheck<ModelCheck>("model", tags: [Tag], timeout: TimeSpan.FromMinutes(1));
        return services;
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        endpoints.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Tag), ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = Word(report.Status),
            checks = report.Entries.ToDictionary(e => e.Key, e => new { status = Word(e.Value.Status), note = e.Value.Exception?.Message ?? e.Value.Description }),
        },
        context.RequestAborted);

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ok" : "out";
}
