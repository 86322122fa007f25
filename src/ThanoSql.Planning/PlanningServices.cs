using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ThanoSql.Planning;

public static class PlanningServices
{
    /// <summary>Registers the planning of statements. Needs the catalog, ThanoSql.Embedding and <see cref="DatasetNames"/>.</summary>
    public static IServiceCollection AddPlanning(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SqlOptions>()
            .Configure(options => options.Workspace = configuration["Storage:DefaultBucket"] ?? options.Workspace)
            .Bind(configuration.GetSection("Query"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.TryAddSingleton<MissingAnswers>();
        services.TryAddSingleton<FillAnswers>(provider => provider.GetRequiredService<MissingAnswers>().FillAsync);
        services.TryAddSingleton<QueryPlanner>();
        return services;
    }
}
