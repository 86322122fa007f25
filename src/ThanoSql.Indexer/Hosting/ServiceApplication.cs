using Microsoft.Extensions.Configuration.Memory;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding;
using ThanoSql.Indexer.Telemetry;
using ThanoSql.Query;
using ThanoSql.Query.Access;
using ThanoSql.Query.Health;
using ThanoSql.Trainer;
using ThanoSql.Trainer.Renaming;
using ThanoSql.Web;
using ThanoSql.Worker.Intake;

namespace ThanoSql.Indexer.Hosting;

/// <summary>One process: its roles, composed from configuration.</summary>
internal static class ServiceApplication
{
    public const string DefaultUrls = "http://127.0.0.1:8080";

    /// <summary>appsettings.json, then environment (<c>Section__Key</c>); what the home folder adds comes before both.</summary>
    public static WebApplicationBuilder Builder(IReadOnlyDictionary<string, string?>? settings = null)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, ApplicationName = "thanosql" });
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings ?? new Dictionary<string, string?>() });
        builder.Logging.CutConsole();
        builder.WebHost.UseStaticWebAssets(); // the page's files, where the program was built and not published
        return builder;
    }

    /// <summary>The services of roles; nothing is started.</summary>
    public static void AddRoles(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        services.AddDatabase(configuration).AddCatalog(configuration)
            .AddStorage(configuration).AddStoreEvents(configuration).AddEmbedding(configuration).AddDatasets(configuration)
            .AddPlanning(configuration).AddBus(configuration, roles);
        if (roles.HasFlag(Roles.Worker))
            services.AddWorker(configuration);
        if (roles.HasFlag(Roles.Trainer))
            services.AddTrainer(configuration);
        if (roles.HasFlag(Roles.Query))
            services.AddQuery(configuration).AddTrainingRequests().AddWeb();
        else
            services.AddHealth();
    }

    /// <summary>Builds the process; the database is migrated before it starts.</summary>
    public static async Task<WebApplication> BuildAsync(WebApplicationBuilder builder, Roles roles, CancellationToken cancellationToken)
    {
        var configuration = builder.Configuration;
        if (string.IsNullOrEmpty(configuration["Database:ConnectionString"]))
            throw new StartException("This role needs a database: set Database__ConnectionString=Host=…;Database=…;Username=…;Password=….");
        if (ListenAddresses.Of(configuration) is { } urls)
            builder.WebHost.UseSetting("urls", urls);
        builder.Services.AddRoles(configuration, roles);
        builder.Services.AddTelemetry(configuration).AddGauges(configuration, roles).AddProgramSettings(configuration, roles);

        var app = builder.Build();
        app.Services.GetService<IStartupValidator>()?.Validate(); // before the database is touched
        app.Services.LogSettings();
        await app.Services.PrepareDatabaseAsync(cancellationToken);
        if (roles.HasFlag(Roles.Query))
        {
            app.MapQuery().MapStoreEvents().Require(TokenScope.Write).AllowTokenInUrl();
            app.MapTraining().Require(TokenScope.Write);
            app.MapLabelRename().Require(TokenScope.Write);
            app.MapTrainingRuns().Require(TokenScope.Query);
            app.MapWeb();
        }
        else
        {
            HealthApi.Map(app, needsBus: true);
        }

        app.MapMetrics();
        return app;
    }
}

/// <summary>What one process does. All roles together are the embedded default.</summary>
[Flags]
internal enum Roles
{
    None = 0,

    /// <summary>Object events → index.</summary>
    Worker = 1,

    /// <summary>Builds, schedules, promotes and takes back models.</summary>
    Trainer = 2,

    /// <summary>Statements, search and images over HTTP and websocket.</summary>
    Query = 4,

    All = Worker | Trainer | Query,
}

internal static class LoggingExtensions
{
    /// <summary>
    /// For commands that talk to a person: whatever the configuration says, only what needs attention is logged: our warnings, and the errors of
    /// libraries.
    /// </summary>
    public static void OnlyWarnings(this ILoggingBuilder logging) => logging.AddFilter(
        (category, level) => level >= (category?.StartsWith("ThanoSql.", StringComparison.Ordinal) == true ? LogLevel.Warning : LogLevel.Error));
}

/// <summary>The program cannot do what the command line asks; the message says what to change. Printed without a stack trace.</summary>
internal sealed class StartException(string message) : Exception(message);
