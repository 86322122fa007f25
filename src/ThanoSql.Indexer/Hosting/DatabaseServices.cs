using Npgsql;
using ThanoSql.Planning;
using ThanoSql.Query.Datasets;

namespace ThanoSql.Indexer.Hosting;

/// <summary>What every role stands on: the database, and the planning of statements.</summary>
internal static class DatabaseServices
{
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var address = Address(configuration["Database:ConnectionString"]);
        return services.AddSingleton(
            provider => new NpgsqlDataSourceBuilder(address) { Name = "owner" } // metrics would show the connection string otherwise
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()).Build());
    }

    public static IServiceCollection AddStatements(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DatasetOptions>().Configure(datasets =>
        {
            foreach (var folder in configuration.GetSection("Datasets").GetChildren())
                datasets[folder.Key] = folder.Value!;
        });
        services.AddSingleton<DatasetCatalog>();
        services.AddSingleton<DatasetNames>(provider => provider.GetRequiredService<DatasetCatalog>().List);
        return services.AddPlanning(configuration);
    }

    private static string Address(string? connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).ConnectionString;
        }
        catch (ArgumentException wrong)
        {
            throw new StartException($"Database:ConnectionString cannot be read ({wrong.Message}): Host=…;Database=…;Username=…;Password=…");
        }
    }
}
