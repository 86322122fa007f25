using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ThanoSql.Catalog.Roles;

public static class UserDatabaseServices
{
    /// <summary>Registers <see cref="UserDatabase"/>; needs the owner's NpgsqlDataSource. Calling it twice is harmless.</summary>
    public static IServiceCollection AddUserDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<UserDatabaseOptions>()
            .Bind(configuration.GetSection(UserDatabaseOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<UserDatabase>();
        return services;
    }
}
