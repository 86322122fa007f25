using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Indexer.Hosting;

/// <summary>The owner's connection to the database.</summary>
internal static class DatabaseServices
{
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var address = Address(configuration["Database:ConnectionString"]);
        services.AddSingleton(provider => ServiceDatabase.Beside(address, provider.GetRequiredService<ILoggerFactory>()));
        return services.AddSingleton(
            provider => new NpgsqlDataSourceBuilder(address) { Name = "owner" } // metrics would show the connection string otherwise
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()).Build());
    }

    /// <summary>Migrates the database, and gives its roles what the migrations made.</summary>
    /// <exception cref="CatalogException">The roles, or the extensions, are not as they should be; the message says what to do.</exception>
    public static async Task PrepareDatabaseAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        var users = services.GetRequiredService<UserDatabase>();
        await users.CheckAsync(cancellationToken);
        await services.GetRequiredService<Migrator>().RunAsync(cancellationToken);
        await users.RefreshAsync(cancellationToken);
        if (services.GetRequiredService<IOptions<SimilarityOptions>>().Value.Similarity == SimilaritySearch.Pgvector)
            await services.GetRequiredService<VectorTables>().SchemaAsync(cancellationToken);
        await WorkspaceName.TellAsync(
            services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Workspace>(), cancellationToken);
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
