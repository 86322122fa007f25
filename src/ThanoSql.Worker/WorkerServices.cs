using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Storage.Folder;
using ThanoSql.Worker.Intake;
using ThanoSql.Worker.Presence;
using ThanoSql.Worker.Sweeping;
using ThanoSql.Worker.Upkeep;
using ThanoSql.Worker.Watching;

namespace ThanoSql.Worker;

/// <summary>The worker role.</summary>
public static class WorkerServices
{
    /// <summary>
    /// Registers the worker: events, stages, sweep, upkeep. Needs the owner's NpgsqlDataSource, an IObjectStore, a bus and ThanoSql.Embedding; with a
    /// <see cref="FolderStore"/> registered, its changes become events.
    /// </summary>
    public static IServiceCollection AddWorker(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IndexingOptions>().Bind(configuration.GetSection(IndexingOptions.Section)).ValidateDataAnnotations()
            .Validate<TimeProvider>(
                (o, time) => CronLoop.IsValid(o.SweepSchedule, time),
                "Indexing:SweepSchedule is no Quartz cron expression, or one whose last time is over; one reads like '0 17 * * * ?'.")
            .ValidateOnStart();
        services.AddStoreEvents(configuration);
        services.AddSingleton(provider => new ImageLeases(
            provider.GetRequiredService<NpgsqlDataSource>(), Guid.NewGuid(), provider.GetRequiredService<IOptions<IndexingOptions>>().Value.Lease));
        services.AddSingleton<ServingMap>()
            .AddSingleton<ReadStage>().AddSingleton<EmbedStage>().AddSingleton<TableGate>().AddSingleton<BatchWriter>().AddSingleton<WriteStage>();
        services.AddSingleton<EventIntake>();
        AddHosted<IntakePause>(services);
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<IntakePause>());
        services.AddHostedService<PipelineKeeper>();
        AddHosted<IndexingEngine>(services);
        services.AddHostedService<DuePoller>();
        AddHosted<SweepSchedule>(services);
        services.AddHostedService<BucketKeeper>();
        if (services.Any(s => s.ServiceType == typeof(FolderStore)))
            services.AddSingleton<BucketWatch>().AddHostedService<FolderWatching>();
        services.AddHostedService<RetentionUpkeep>();
        services.AddHostedService<ActivityKeeper>();
        return services;
    }

    /// <summary>Registers the worker's consumers.</summary>
    public static void AddWorkerConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<ObjectChangedConsumer, ObjectChangedConsumerDefinition>();
        bus.AddConsumer<StoreNotificationConsumer, StoreNotificationConsumerDefinition>();
        bus.AddConsumer<ModelSwitchedConsumer, ModelSwitchedConsumerDefinition>();
        bus.AddReceiveObserver<UnreadableMessages>();
    }

    /// <summary>
    /// What is not only a worker's: <see cref="Sweeper"/> for <c>thanosql sweep</c>, what <see cref="StoreEventEndpoint"/> needs, and the retention's
    /// settings, which are checked in every role.
    /// </summary>
    public static IServiceCollection AddStoreEvents(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddCatalog(configuration);
        services.AddOptions<RetentionOptions>().Bind(configuration.GetSection(RetentionOptions.Section)).ValidateDataAnnotations()
            .Validate<TimeProvider>(
                (o, time) => CronLoop.IsValid(o.Schedule, time),
                "Retention:Schedule is no Quartz cron expression, or one whose last time is over; one reads like '0 41 2 * * ?'.")
            .ValidateOnStart();
        services.AddOptions<IndexingOptions>().Bind(configuration.GetSection(IndexingOptions.Section));
        services.AddOptions<SweepOptions>().Bind(configuration.GetSection(SweepOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<DeletedRowOptions>()
            .Bind(configuration.GetSection(DeletedRowOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddMetrics();
        services.TryAddSingleton<IndexingTelemetry>();
        services.TryAddSingleton<Sweeper>();
        services.TryAddSingleton<BucketAdoption>();
        services.TryAddSingleton<NotificationReader>();
        return services;
    }

    private static void AddHosted<T>(IServiceCollection services)
        where T : BackgroundService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
