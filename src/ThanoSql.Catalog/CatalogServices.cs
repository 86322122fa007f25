using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Destinations;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Live;
using ThanoSql.Catalog.Quality;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Catalog;

/// <summary>The bucket of paths and pipelines that name none (<c>Storage:DefaultBucket</c>).</summary>
public sealed record Workspace(string Bucket)
{
    public static Workspace Default { get; } = new("workspace");

    public static Workspace Of(IConfiguration configuration) => configuration["Storage:DefaultBucket"] is { } bucket ? new(bucket) : Default;
}

public static class CatalogServices
{
    /// <summary>Registers the catalog. Needs the owner's NpgsqlDataSource. Calling it twice is harmless.</summary>
    public static IServiceCollection AddCatalog(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Workspace.Of(configuration));
        services.TryAddSingleton<DatabaseTroubles>();
        services.TryAddSingleton<DatabaseOutage>();
        services.TryAddSingleton<Migrator>();
        services.AddUserDatabase(configuration);
        services.AddOptions<TableSessionOptions>()
            .Bind(configuration.GetSection(TableSessionOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<TableSessions>();
        services.TryAddSingleton<AnswerCatalog>();
        services.TryAddSingleton<TrunkCatalog>();
        services.TryAddSingleton<QualityLedger>();
        services.TryAddSingleton<ModelCatalog>();
        services.TryAddSingleton<VersionCatalog>();
        services.TryAddSingleton<ModelLedger>();
        services.TryAddSingleton<HeldOutAnswers>();
        services.TryAddSingleton<PipelineTables>();
        services.TryAddSingleton<PipelineCatalog>();
        services.TryAddSingleton<UnaskedImages>();
        services.TryAddSingleton<TableWaits>();
        services.AddOptions<LabelOptions>().Bind(configuration.GetSection(LabelOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<LabelLedger>();
        services.TryAddSingleton<LabelRenames>();
        services.TryAddSingleton<LabelRenamer>();
        services.TryAddSingleton<LabelWork>();
        services.TryAddSingleton<AuditLedger>();
        services.TryAddSingleton<WebhookCatalog>();
        services.TryAddSingleton<WebhookLedger>();
        services.TryAddSingleton<ImageIntake>();
        services.TryAddSingleton<SweepLedger>();
        services.TryAddSingleton<BucketLedger>();
        services.TryAddSingleton<DeletedRows>();
        services.TryAddSingleton<FailureLedger>();
        services.TryAddSingleton<ReplacementLedger>();
        services.TryAddSingleton<EmbeddingChanges>();
        services.TryAddSingleton<VectorTables>();
        services.TryAddSingleton<ImageStates>();
        services.TryAddSingleton<ImageRemoval>();
        services.TryAddSingleton<OrphanContents>();
        services.TryAddSingleton<WorkerLedger>();
        services.AddDestinations(configuration);
        services.TryAddSingleton<SweepRequests>();
        return services;
    }

    /// <summary>Registers <see cref="ServiceDatabase"/>, of the owner's NpgsqlDataSource, which must tell its password. Harmless where there is
    /// one.</summary>
    public static IServiceCollection AddServiceDatabase(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => ServiceDatabase.Beside(
            provider.GetRequiredService<NpgsqlDataSource>().ConnectionString, provider.GetRequiredService<ILoggerFactory>()));
        return services;
    }
}
