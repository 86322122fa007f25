using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ThanoSql.Catalog.Destinations;

internal static class DestinationServices
{
    public static IServiceCollection AddDestinations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DestinationOptions>()
            .Bind(configuration.GetSection(DestinationOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<DestinationTables>();
        services.TryAddSingleton<QueryLedger>();
        services.TryAddSingleton<QueryTemplates>();
        return services;
    }
}
