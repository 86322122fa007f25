using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.SqlRoles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Access;
using ThanoSql.Query.Errors;
using ThanoSql.Query.Execution;
using ThanoSql.Query.Http;
using ThanoSql.Query.Statements;
using ThanoSql.Query.WebSockets;

namespace ThanoSql.Query;

/// <summary>The role <c>query</c>: statements, search and images over HTTP and websocket.</summary>
public static class QueryServices
{
    /// <summary>Needs in the container: the owner's NpgsqlDataSource (migrated), IObjectStore, QueryPlanner.</summary>
    public static IServiceCollection AddQuery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<QueryLimits>().Bind(configuration.GetSection(QueryLimits.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<TokenCatalog>();
        services.TryAddSingleton<SettingCatalog>();
        services.AddUserDatabase(configuration);
        services.AddSingleton<RowsHandler>();
        services.AddSingleton<StatementRunner>();
        services.AddSingleton<QuerySocket>();
        services.AddTokenAccess();
        services.AddExceptionHandler<Problems>();
        services.AddProblemDetails();
        services.AddOpenApi();
        return services;
    }

    /// <summary>Maps every endpoint.</summary>
    public static WebApplication MapQuery(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseWebSockets();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpenApi();
        QueryApi.Map(app);
        QuerySocket.Map(app);
        return app;
    }
}
