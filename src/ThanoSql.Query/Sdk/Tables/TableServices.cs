using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary>What the SDK asks of tables, their templates, schemas and views.</summary>
internal static class TableServices
{
    public static IServiceCollection AddSdkTables(this IServiceCollection services) =>
        services.AddSingleton<UserWork>().AddSingleton<TableUploads>().AddSingleton<TableTemplates>();

    public static void MapSdkTables(this IEndpointRouteBuilder endpoints)
    {
        var sdk = endpoints.MapSdk("/api/v1");
        TableApi.Map(sdk);
        RecordApi.Map(sdk);
        RecordCsvApi.Map(sdk);
        TableUploadApi.Map(sdk);
        TableTemplateApi.Map(sdk);
        SchemaApi.Map(sdk);
        ViewApi.Map(sdk);
    }
}
