using ThanoSql.Indexer.Telemetry;
using ThanoSql.Query.Settings;
using ThanoSql.Storage.S3;
using ThanoSql.Trainer;

namespace ThanoSql.Indexer.Hosting;

/// <summary>Which settings the program has beside those of the query role, and the log of what it starts with.</summary>
internal static partial class ProgramSettings
{
    public static IServiceCollection AddProgramSettings(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        services.AddEffectiveSettings().AddKnownSettings(
            new("Database:ConnectionString", Default: ""), new("Storage:Kind", Default: "folder"),
            new("Storage:DefaultBucket", Default: Workspace.Default.Bucket), new("Bus:Transport", Default: "memory"), new("Bus:RabbitMq:Uri"),
            new("Query:Urls", Default: ServiceApplication.DefaultUrls), new("Kestrel"), new("Logging"),
            KnownSettings.Of<TelemetryOptions>(TelemetryOptions.Section));
        services.AddKnownSettings(
            configuration["Storage:Kind"] == "s3" ? new KnownSettings("Storage:S3", typeof(S3StoreOptions)) : new KnownSettings("Storage:Folder"));
        if (roles.HasFlag(Roles.Worker))
        {
            services.AddKnownSettings(
                KnownSettings.Of<IndexingOptions>(IndexingOptions.Section), KnownSettings.Of<SweepOptions>(SweepOptions.Section),
                KnownSettings.Of<DeletedRowOptions>(DeletedRowOptions.Section), KnownSettings.Of<RetentionOptions>(RetentionOptions.Section));
        }
        return roles.HasFlag(Roles.Trainer) ? services.AddKnownSettings(KnownSettings.Of<TrainingOptions>(TrainingOptions.Section)) : services;
    }

    /// <summary>Logs what somebody set, without secrets.</summary>
    public static void LogSettings(this IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("ThanoSql.Settings");
        foreach (var setting in services.GetRequiredService<EffectiveSettings>().All)
        {
            if (setting.Source != SettingSource.Default && setting.Section != "Logging")
                LogSetting(logger, setting.Key, setting.Value, setting.Source);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Key} = {Value} ({Source})")]
    private static partial void LogSetting(ILogger logger, string key, string value, SettingSource source);
}
