using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog.Links;
using ThanoSql.Catalog.Runs;
using ThanoSql.Messages;
using ThanoSql.Query.Completion;
using ThanoSql.Query.Copying;
using ThanoSql.Query.Datasets;
using ThanoSql.Query.Doors;
using ThanoSql.Query.Health;
using ThanoSql.Query.Http;
using ThanoSql.Query.Labels;
using ThanoSql.Query.Live;
using ThanoSql.Query.Models;
using ThanoSql.Query.OpenApi;
using ThanoSql.Query.Sdk;
using ThanoSql.Query.Sdk.Files;
using ThanoSql.Query.Sdk.Search;
using ThanoSql.Query.Sdk.Tables;
using ThanoSql.Query.Search;
using ThanoSql.Query.Settings;
using ThanoSql.Query.Similarity;
using ThanoSql.Query.Tables;
using ThanoSql.Query.Training;
using ThanoSql.Query.Webhooks;
using ThanoSql.Query.WebSockets;

namespace ThanoSql.Query;

/// <summary>The role <c>query</c>: statements, search and images over HTTP and websocket.</summary>
public static class QueryServices
{
    /// <summary>
    /// Needs in the container: the owner's NpgsqlDataSource (migrated), IObjectStore, ThanoSql.Embedding or a <see cref="FillAnswers"/>, and
    /// MassTransit's bus.
    /// </summary>
    public static IServiceCollection AddQuery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<QueryLimits>().Bind(configuration.GetSection(QueryLimits.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddServiceDatabase();
        services.TryAddSingleton(p => new TokenCatalog(
            p.GetRequiredService<ServiceDatabase>().Source, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<Workspace>()));
        services.TryAddSingleton(p => new SignInLinks(p.GetRequiredService<ServiceDatabase>().Source, p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(p => new LinkKeyCatalog(p.GetRequiredService<ServiceDatabase>().Source));
        services.TryAddSingleton(p => new SettingCatalog(p.GetRequiredService<ServiceDatabase>().Source));
        services.AddCatalog(configuration).AddUserDatabase(configuration).AddDatasets(configuration).AddPlanning(configuration);
        services.TryAddSingleton<TrainingQueue>();
        services.AddSingleton<StatementTurns>().AddSingleton<SearchTurns>().AddSingleton<RequestBodies>().AddSingleton<TokenGate>();
        services.AddSingleton<RowsHandler>();
        services.AddSingleton<PrintHandler>();
        services.AddSingleton<CopySourceReader>();
        services.AddSingleton<TableCopies>().AddSingleton<CopyHandler>();
        services.AddSingleton<PictureFolder>().AddSingleton<PictureTableHandler>();
        services.AddSingleton<DatasetHandler>();
        services.TryAddSingleton<Announcer>();
        services.AddSingleton<RunWatch>().AddHostedService(provider => provider.GetRequiredService<RunWatch>());
        services.AddSingleton<LiveFeed>().AddHostedService(provider => provider.GetRequiredService<LiveFeed>());
        services.AddSingleton<TrainingHandler>();
        services.AddSingleton<LinkSigner>();
        services.AddOptions<ImageOptions>().Bind(configuration.GetSection(ImageOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<PictureVersions>().AddSingleton<ImageLinks>();
        services.AddSingleton<ThumbnailFiles>().AddSingleton<Thumbnails>();
        services.AddSingleton<SearchCatalog>().AddSingleton<KeywordCounts>().AddSingleton<KeywordLists>();
        services.AddSingleton<SearchPages>().AddSingleton<Searcher>().AddSingleton<SearchReader>().AddSingleton<HitDetails>();
        services.AddSimilarity();
        services.AddSingleton<PictureWatch>().AddHostedService(provider => provider.GetRequiredService<PictureWatch>());
        services.AddSingleton<LabelDesk>();
        services.AddSingleton<PictureRows>().AddSingleton<Pictures>().AddSingleton<Uploads>().AddSingleton<ManyUploads>();
        services.AddSingleton<PictureRemoval>();
        services.AddSingleton<ModelBoard>();
        services.AddDoor(configuration);
        services.AddHealth();
        services.AddWebhooks(configuration);
        services.AddSdk().AddSdkTables().AddSdkFiles().AddSdkSearch();
        services.AddEffectiveSettings();
        services.AddAnswerCompression();
        services.AddCors().AddSingleton<ICorsPolicyProvider, CrossOrigin>();
        services.AddProxies(configuration);
        services.AddSingleton<NearestTable>();
        services.AddSingleton<StatementRunner>().AddSingleton<QueryConsole>();
        services.AddSingleton<CompletionCatalog>().AddSingleton<Completer>().AddSingleton<StatementExamples>();
        services.AddSingleton<QuerySocket>();
        services.AddOptions<LoginOptions>().Bind(configuration.GetSection(LoginOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddTokenAccess();
        services.AddExceptionHandler<Problems>();
        services.AddProblemDetails();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // so that Problems tells which parameter is missing
        services.AddApiDocument();
        services.ConfigureHttpJsonOptions(http =>
        {
            http.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            http.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
            http.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // a number is no text, nor described as one
            http.SerializerOptions.Encoder = PandasSplit.Options.Encoder;
        });
        return services;
    }

    /// <summary>
    /// Registers the datasets that LIST and GET know, for every role that plans statements; before AddPlanning. Needs IObjectStore.
    /// </summary>
    public static IServiceCollection AddDatasets(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DatasetOptions>().Bind(configuration.GetSection("Datasets"));
        services.TryAddSingleton<DatasetCatalog>();
        services.TryAddSingleton<DatasetNames>(provider => provider.GetRequiredService<DatasetCatalog>().List);
        return services;
    }

    /// <summary>Maps every endpoint.</summary>
    public static WebApplication MapQuery(this WebApplication app)
    {
        app.UseProxies();
        app.UseResponseCompression();
        app.UseExceptionHandler();
        app.UseStatusCodePages(Problems.WriteAsync);
        app.UseRouting(); // behind the base path
        app.UseWebSockets();
        app.Use(CrossOrigin.VaryAsync);
        app.UseAuthentication(); // before it is said which pages may read the answer
        app.UseCors();
        app.Use(TokenWatch.InvokeAsync);
        app.UseAuthorization();
        app.UseMiddleware<RestrictedTokens>();
        app.UseMiddleware<TokenGate>();
        app.Use(ObjectAddress.InvokeAsync);
        var endpoints = app.MapGroup("").AllowHead();
        ApiDocument.Map(endpoints);
        QueryApi.Map(endpoints);
        QuerySocket.Map(endpoints);
        endpoints.MapSdkQueries();
        SearchApi.Map(endpoints);
        KeywordApi.Map(endpoints);
        endpoints.MapSimilarity();
        ImageApi.Map(endpoints);
        PictureApi.Map(endpoints);
        UploadApi.Map(endpoints);
        LinkApi.Map(endpoints);
        LabelApi.Map(endpoints);
        LabelBatchApi.Map(endpoints);
        FailureApi.Map(endpoints);
        TokenApi.Map(endpoints);
        LoginApi.Map(endpoints);
        AuditApi.Map(endpoints);
        WebhookApi.Map(endpoints);
        endpoints.MapSdkTables();
        endpoints.MapSdkFiles();
        endpoints.MapSdkSearch();
        HealthApi.Map(endpoints, needsBus: false);
        return app;
    }
}
