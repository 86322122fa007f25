using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Embedding.Buckets;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Storage;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;
using ThanoSql.Vision.Trunks.Hub;

namespace ThanoSql.Embedding;

public static class EmbeddingServices
{
    /// <summary>Registers embedding spaces and what looks at pictures with them. Needs the catalog and, for looking, an IObjectStore.</summary>
    public static IServiceCollection AddEmbedding(this IServiceCollection services, IConfiguration configuration)
    {
        AddOptions<VisionOptions>(services, configuration, VisionOptions.Section);
        AddOptions<ModelOptions>(services, configuration, ModelOptions.Section);
        AddOptions<ImportHostOptions>(services, configuration, ImportHostOptions.Section);
        AddOptions<HubOptions>(services, configuration, ModelOptions.Section);
        AddOptions<ReadingOptions>(services, configuration, ReadingOptions.Section);
        AddOptions<SimilarityOptions>(services, configuration, SimilarityOptions.Section);
        services.AddSingleton(
            provider => new InferenceSessionFactory(
                Value<VisionOptions>(provider), provider.GetRequiredService<ILogger<InferenceSessionFactory>>(), Value<ImportHostOptions>(provider)));
        services.AddSingleton(provider => new HubClient(Impatient(Value<HubOptions>(provider)), provider.GetRequiredService<ILogger<HubClient>>()));
        services.AddSingleton(TrunkStore);
        return services.AddSingleton<EmbeddingSpaces>()
            .AddSingleton<ImageReader>().AddSingleton<ImageEmbedder>()
            .AddSingleton<HeadCache>().AddSingleton<KeywordWriter>()
            .AddSingleton<SimilarContents>().AddSingleton<PictureVectors>();
    }

    /// <summary>Registers a store, with what keeps it from being taken for empty when it is not there. Needs the catalog.</summary>
    /// <param name="services">Of the process.</param>
    /// <param name="store">The store itself.</param>
    public static IServiceCollection AddGuardedStore<T>(this IServiceCollection services, Func<IServiceProvider, T> store)
        where T : IObjectStore, IMarkedStore =>
        services
            .AddSingleton(provider => new BucketGuard(
                store(provider), store(provider), Buckets(provider), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<BucketGuard>>()))
            .AddSingleton<IObjectStore>(provider => new GuardedStore(store(provider), provider.GetRequiredService<BucketGuard>()));

    // On connections set aside, where there are some: readiness asks the store
    private static BucketLedger Buckets(IServiceProvider provider) =>
        provider.GetService<ServiceDatabase>() is { } service ? new BucketLedger(service.Source) : provider.GetRequiredService<BucketLedger>();

    private static void AddOptions<T>(IServiceCollection services, IConfiguration configuration, string section)
        where T : class => services.AddOptions<T>().Bind(configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();

    // A BUILD falls back to the bundled trunk soon instead of retrying for long; `thanosql trunk pull` keeps trying.
    private static HubOptions Impatient(HubOptions options)
    {
        options.Retries = Math.Min(options.Retries, 1);
        return options;
    }

    private static TrunkStore TrunkStore(IServiceProvider provider)
    {
        var models = Value<ModelOptions>(provider);
        var download = models.Download ? provider.GetRequiredService<HubClient>().Into(models.Folder) : null;
        return new TrunkStore(
            new TrunkStoreOptions { Folder = models.Folder, BundledFolder = models.BundledFolder, Fallback = models.Fallback }, BundledTrunks.Sha256,
            download);
    }

    private static T Value<T>(IServiceProvider provider)
        where T : class => provider.GetRequiredService<IOptions<T>>().Value;
}
