using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog.Doors;

namespace ThanoSql.Query.Doors;

internal static class DoorServices
{
    /// <summary>The door for SQL clients. Needs <see cref="ServiceDatabase"/> and the users' database.</summary>
    public static IServiceCollection AddDoor(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DoorOptions>().Bind(configuration.GetSection(DoorOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<DoorLogins>();
        services.TryAddSingleton<DoorSessions>();
        services.TryAddSingleton<HandedLogins>();
        return services.AddHostedService<DoorKeeper>();
    }
}
