using System.ComponentModel.DataAnnotations;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Quartz;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Roles;
using ThanoSql.Trainer.FineTuning;
using ThanoSql.Trainer.Renaming;
using ThanoSql.Trainer.Schedules;

namespace ThanoSql.Trainer;

/// <summary>The trainer role.</summary>
public static class TrainerServices
{
    /// <summary>
    /// Registers the trainer: queue, builds, promotions, retraining schedules. Needs the owner's NpgsqlDataSource, a bus, IObjectStore and
    /// ThanoSql.Embedding.
    /// </summary>
    public static IServiceCollection AddTrainer(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TrainingOptions>().Bind(configuration.GetSection(TrainingOptions.Section)).ValidateDataAnnotations()
            .Validate(
                o => o.TimeZone.Length == 0 || TimeZoneInfo.TryFindSystemTimeZoneById(o.TimeZone, out _),
                "Training:TimeZone is no time zone; one reads like 'Asia/Seoul'.")
            .ValidateOnStart();
        services.AddUserDatabase(configuration).AddPlanning(configuration);
        services.AddTrainingRequests();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DatabaseTroubles>();
        services.TryAddSingleton<HeldOutPart>();
        services.TryAddSingleton<KeywordRetention>();
        services.TryAddSingleton<KeywordComparison>();
        services.TryAddSingleton<VersionRegistration>();
        services.TryAddSingleton<ModelPromotion>();
        services.AddSingleton<TrainerWakeUp>();
        services.AddSingleton<RunFiles>();
        AddRuns(services);
        services.AddHostedService<RunService>();
        AddSchedules(services);
        return services;
    }

    /// <summary>
    /// Registers <see cref="TrainingRequests"/>, for roles that only ask for training, and <see cref="TrainingOutlook"/>, which needs planning.
    /// </summary>
    public static IServiceCollection AddTrainingRequests(this IServiceCollection services)
    {
        services.TryAddSingleton<TrainingQueue>();
        services.TryAddSingleton<ModelCatalog>();
        services.TryAddSingleton<VersionCatalog>();
        services.TryAddSingleton<Announcer>();
        services.TryAddSingleton<TrainingRequests>();
        services.TryAddSingleton<TrainingOutlook>();
        services.TryAddSingleton<LabelRenames>();
        services.TryAddSingleton<RenamePlanner>();
        services.TryAddSingleton(s => new LabelRenameRequests(
            s.GetRequiredService<RenamePlanner>(), s.GetRequiredService<TrainingQueue>(), s.GetRequiredService<Announcer>()));
        return services;
    }

    /// <summary>Registers the trainer's consumers.</summary>
    /// <param name="bus">Of the process.</param>
    /// <param name="queuePrefix">Begins the queue's name, so that installations can share a broker.</param>
    public static void AddTrainingConsumers(this IBusRegistrationConfigurator bus, string queuePrefix) =>
        bus.AddConsumer<TrainingRequestedConsumer>().Endpoint(endpoint => endpoint.Name = $"{queuePrefix}-training-requested");

    private static void AddRuns(IServiceCollection services) => services
        .AddScoped<RunDispatcher>()
        .AddScoped<CrashedRuns>()
        .AddScoped<StatementHandlers>()
        .AddScoped<BuildHandler>()
        .AddScoped<EmbeddingBuildHandler>()
        .AddScoped<FitHandler>()
        .AddScoped<DeleteHandler>()
        .AddScoped<GetModelHandler>()
        .AddSingleton<NamedTrunks>()
        .AddScoped<UploadHandler>()
        .AddScoped<VersionInstaller>()
        .AddScoped<HumanLabels>()
        .AddScoped<CropReader>()
        .AddScoped<TrunkTuner>()
        .AddScoped<TuningTrial>()
        .AddScoped<RollbackHandler>()
        .AddScoped<RenameHandler>()
        .AddScoped<ModelBuilder>()
        .AddScoped<SourceReader>()
        .AddScoped<TrainingSource>()
        .AddScoped<TrainingImages>()
        .AddScoped<HeadBuilder>()
        .AddScoped<ArtifactWriter>()
        .AddScoped<GateKeeper>()
        .AddScoped<DryRun>()
        .AddScoped<KeywordLoader>()
        .AddScoped<VersionKeying>()
        .AddScoped<VersionPromoter>();

    private static void AddSchedules(IServiceCollection services)
    {
        services.AddQuartz(quartz =>
        {
            // One may be waiting for the database
            quartz.ConfigureScheduler(options => options.ShutdownJobInterruption = ShutdownJobInterruption.WhenWaitingForJobs);
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
        services.AddSingleton<LabelledRows>().AddSingleton<NewRows>().AddSingleton<ScheduledTrainers>();
        services.AddHostedService<ScheduleKeeper>();
        services.AddHostedService<QualityKeeper>();
    }
}

/// <summary>Configuration section <c>Training</c>.</summary>
public sealed class TrainingOptions
{
    public const string Section = "Training";

    /// <summary>How long a run belongs to its trainer without a sign of life; then another takes it up.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Trainers that may die over a run before it is ended as failed (<c>crash</c>).</summary>
    [Range(1, 1000)]
    public int Crashes { get; set; } = 2;

    /// <summary>
    /// Times that a run is put off because the database does not answer before it is ended as failed: with the pauses, some two hours.
    /// </summary>
    [Range(1, 1000)]
    public int Setbacks { get; set; } = 20;

    /// <summary>The first pause of a run that is put off; doubled with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause of a run that is put off.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often an idle trainer looks at the queue by itself; messages wake it up sooner.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Share of the contents that is held out to judge a model.</summary>
    [Range(0.05, 0.5)]
    public double HeldOut { get; set; } = 0.2;

    /// <summary>Share of a source's images that may be missing or unreadable before a build fails.</summary>
    [Range(0, 1)]
    public double MissingImages { get; set; } = 0.1;

    /// <summary>Seconds that PostgreSQL may work on the source of a build; then the build fails.</summary>
    [Range(1, 86_400)]
    public int SourceSeconds { get; set; } = 3_600;

    /// <summary>The time zone of the pipelines' schedules, for example <c>Asia/Seoul</c>; empty for the machine's.</summary>
    public string TimeZone { get; set; } = "";

    internal TimeZoneInfo Zone => TimeZone.Length == 0 ? TimeZoneInfo.Local : TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>How often the trainer counts labelled rows for <c>after_new_rows</c> and compares pipelines with their schedules.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ScheduleInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often it is measured whether versions in service are still right.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan QualityInterval { get; set; } = TimeSpan.FromHours(1);
}
