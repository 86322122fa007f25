using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Embedding;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;
using ThanoSql.Vision.Trunks.Hub;

namespace ThanoSql.Indexer.Hosting;

/// <summary>What every role stands on: the catalog and embedding spaces.</summary>
internal static class CatalogServices
{
    public static IServiceCollection AddCatalog(this IServiceCollection services, IConfiguration configuration)
    {
        var address = Address(configuration["Database:ConnectionString"]);
        services.AddSingleton(
            provider => new NpgsqlDataSourceBuilder(address).UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()).Build());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Migrator>();
        services.AddSingleton<TrunkCatalog>();
        return services;
    }

    public static IServiceCollection AddEmbedding(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<VisionOptions>().Bind(configuration.GetSection(VisionOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ModelOptions>().Bind(configuration.GetSection(ModelOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<HubOptions>().Bind(configuration.GetSection(ModelOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(
            provider =>
                new InferenceSessionFactory(provider.Options<VisionOptions>(), provider.GetRequiredService<ILogger<InferenceSessionFactory>>()));
        services.AddSingleton(
            provider => new HubClient(Impatient(provider.Options<HubOptions>()), provider.GetRequiredService<ILogger<HubClient>>()));
        services.AddSingleton(TrunkStore);
        services.AddSingleton<EmbeddingSpaces>();
        services.AddSingleton<ImageEmbedder>();
        services.AddSingleton<HeadCache>();
        services.AddSingleton<KeywordWriter>();
        return services;
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

    // Who builds a model wants the bundled trunk soon rather than the published one late; `thanosql trunk pull` has the patience.
    private static HubOptions Impatient(HubOptions options)
    {
        options.Retries = Math.Min(options.Retries, 1);
        return options;
    }

    private static TrunkStore TrunkStore(IServiceProvider provider)
    {
        var models = provider.Options<ModelOptions>();
        var download = models.Download ? provider.GetRequiredService<HubClient>().Into(models.Folder) : null;
        return new TrunkStore(
            new TrunkStoreOptions { Folder = models.Folder, BundledFolder = models.BundledFolder, Fallback = models.Fallback }, BundledTrunks.Sha256,
            download);
    }

    private static T Options<T>(this IServiceProvider provider)
        where T : class => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<T>>().Value;
}
