using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Planning.Pictures;

namespace ThanoSql.Planning;

/// <summary>The planning of statements.</summary>
public static class PlanningServices
{
    /// <summary>
    /// Registers <see cref="QueryPlanner"/>. Needs the owner's NpgsqlDataSource, and ThanoSql.Embedding unless a <see cref="FillAnswers"/> is
    /// registered before. Calling it twice is harmless.
    /// </summary>
    public static IServiceCollection AddPlanning(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SqlOptions>()
            .Bind(configuration.GetSection("Query"))
            .Configure(options => options.Workspace = configuration["Storage:DefaultBucket"] ?? options.Workspace)
            .ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<MissingAnswers>();
        services.TryAddSingleton<FillAnswers>(provider => provider.GetRequiredService<MissingAnswers>().FillAsync);
        services.AddPictures();
        services.TryAddSingleton<DatasetNames>(() => []);
        services.TryAddSingleton<QueryPlanner>();
        return services;
    }
}

/// <summary>Section <c>Query</c>: what planning a statement needs of it.</summary>
public sealed class SqlOptions
{
    /// <summary>What <c>PREDICT … AS SELECT *</c> means when neither the model nor the statement tells: <c>old</c> or <c>new</c>.</summary>
    [EnumDataType(typeof(ModelDialect), ErrorMessage = "Query:Dialect is 'old' or 'new'.")]
    public ModelDialect Dialect { get; set; } = ModelDialect.Old;

    /// <summary>The bucket of paths that name none; <c>Storage:DefaultBucket</c>.</summary>
    [Required]
    public string Workspace { get; set; } = "workspace";
}
