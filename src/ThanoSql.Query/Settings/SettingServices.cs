using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog.Destinations;
using ThanoSql.Catalog.Doors;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Tables;
using ThanoSql.Embedding;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Query.Datasets;
using ThanoSql.Query.Webhooks;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks.Hub;

namespace ThanoSql.Query.Settings;

public static class SettingServices
{
    /// <summary>Registers <see cref="EffectiveSettings"/> with the settings of this role; others add their <see cref="KnownSettings"/>.</summary>
    public static IServiceCollection AddEffectiveSettings(this IServiceCollection services)
    {
        services.TryAddSingleton<EffectiveSettings>();
        services.TryAddSingleton<VersionReader>();
        return services.AddKnownSettings(
            KnownSettings.Of<QueryLimits>(QueryLimits.Section), KnownSettings.Of<ImageOptions>(ImageOptions.Section),
            KnownSettings.Of<LoginOptions>(LoginOptions.Section), KnownSettings.Of<ProxyOptions>(ProxyOptions.Section),
            KnownSettings.Of<WebhookOptions>(WebhookOptions.Section), KnownSettings.Of<DatasetOptions>("Datasets"),
            KnownSettings.Of<UserDatabaseOptions>(UserDatabaseOptions.Section), KnownSettings.Of<TableSessionOptions>(TableSessionOptions.Section),
            KnownSettings.Of<LabelOptions>(LabelOptions.Section), KnownSettings.Of<ModelOptions>(ModelOptions.Section),
            KnownSettings.Of<HubOptions>(ModelOptions.Section), KnownSettings.Of<ImportHostOptions>(ImportHostOptions.Section),
            KnownSettings.Of<VisionOptions>(VisionOptions.Section), KnownSettings.Of<ReadingOptions>(ReadingOptions.Section),
            KnownSettings.Of<SimilarityOptions>(SimilarityOptions.Section), KnownSettings.Of<DestinationOptions>(DestinationOptions.Section),
            KnownSettings.Of<DoorOptions>(DoorOptions.Section),
            new KnownSettings("Query:Dialect", Default: "old"), new KnownSettings("Query:Cors"));
    }

    public static IServiceCollection AddKnownSettings(this IServiceCollection services, params ReadOnlySpan<KnownSettings> known)
    {
        foreach (var settings in known)
            services.AddSingleton(settings);
        return services;
    }
}
