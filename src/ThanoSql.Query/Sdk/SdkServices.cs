using Microsoft.Extensions.DependencyInjection;

namespace ThanoSql.Query.Sdk;

internal static class SdkServices
{
    public static IServiceCollection AddSdk(this IServiceCollection services) => services
        .AddSingleton<ResultDestinations>().AddSingleton<SdkQueries>().AddHostedService<DestinationUpkeep>();

    /// <summary>What of the SDK has addresses of its own; its statements come to <c>/api/v1/query/</c>.</summary>
    public static void MapSdkQueries(this IEndpointRouteBuilder endpoints)
    {
        var sdk = endpoints.MapSdk("/api/v1");
        QueryLogApi.Map(sdk);
        TemplateApi.Map(sdk);
    }
}
