using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Quartz;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer.Building;
using ThanoSql.Trainer.FineTuning;
using ThanoSql.Trainer.Gate;
using ThanoSql.Trainer.Runs;
using ThanoSql.Trainer.Schedules;
using ThanoSql.Trainer.Switching;

namespace ThanoSql.Trainer;

/// <summary>The trainer role.</summary>
public static class TrainingServices
{
    /// <summary>
    /// Registers the trainer: queue, builds, switches, schedules. Needs the owner's NpgsqlDataSource, a TimeProvider, a bus, ThanoSql.Embedding and
    /// ThanoSql.Planning.
    /// </summary>
    public static IServiceCollection AddTraining(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TrainingOptions>().Bind(configuration.GetSection(TrainingOptions.Section)).ValidateDataAnnotations()
            .Validate(
                o => o.TimeZone.Length == 0 || TimeZoneInfo.TryFindSystemTimeZoneById(o.TimeZone, out _),
                "Training:TimeZone is no time zone; one reads like 'Asia/Seoul'.")
            .ValidateOnStart();
        services.AddUserDatabase(configuration);
        services.AddTrainingRequests();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<HeldOutPart>();
        services.TryAddSingleton<KeywordRetention>();
        services.TryAddSingleton<VersionRegistration>();
        services.TryAddSingleton<ModelSwitch>();
        services.AddSingleton<TrainerWakeUp>();
        services.AddSingleton<RunFiles>();
        AddRuns(services);
        services.AddHostedService<RunService>();
        AddSchedules(services);
        return services;
    }

    /// <summary>Registers <see cref="TrainingRequests"/>, for roles that only ask for training.</summary>
    public static IServiceCollection AddTrainingRequests(this IServiceCollection services)
    {
        services.TryAddSingleton<TrainingQueue>();
        services.TryAddSingleton<ModelCatalog>();
        services.TryAddSingleton<VersionCatalog>();
        services.TryAddSingleton<Announcer>();
        services.TryAddSingleton<TrainingRequests>();
        return services;
    }

    /// <summary>Registers the trainer's consumers.</summary>
    public static void AddTrainingConsumers(this IBusRegistrationConfigurator bus) => bus.AddConsumer<TrainingRequestedConsumer>();

    private static void AddRuns(IServiceCollection services) => services
        .AddScoped<RunDispatcher>()
        .AddScoped<BuildHandler>()
        .AddScoped<FitHandler>()
        .AddScoped<DeleteHandler>()
        .AddScoped<UploadHandler>()
        .AddScoped<LeftOvers>()
        .AddScoped<VersionInstaller>()
        .AddScoped<HumanLabels>()
        .AddScoped<CropReader>()
        .AddScoped<TrunkTuner>()
        .AddScoped<RollbackHandler>()
        .AddScoped<ModelBuilder>()
        .AddScoped<TrainingSource>()
        .AddScoped<TrainingImages>()
        .AddScoped<HeadBuilder>()
        .AddScoped<ArtifactWriter>()
        .AddScoped<GateKeeper>()
        .AddScoped<VersionKeying>()
        .AddScoped<VersionSwitcher>();

    private static void AddSchedules(IServiceCollection services)
    {
        services.AddQuartz(quartz =>
        {
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = provider => provider.GetRequiredService<NpgsqlDataSource>());
                // Beside our own tables, out of sight of people's LIST TABLE
                store.ConfigureStore(options => options.TablePrefix = "thanosql.qrtz_");
                store.UseClustering();
                store.ProvisionSchema();
            });
            quartz.AddJobType<PipelineTrainingJob>();
        });
        services.AddQuartzHostedService(hosting => hosting.WaitForJobsToComplete = true);
        services.AddSingleton<NewRows>();
        services.AddHostedService<ScheduleKeeper>();
    }
}
