using Microsoft.Extensions.DependencyInjection;

namespace ThanoSql.Query.Sdk.Files;

/// <summary>What the SDK asks of files.</summary>
internal static class FileServices
{
    public static IServiceCollection AddSdkFiles(this IServiceCollection services) => services
        .AddSingleton<WorkspacePaths>().AddSingleton<FolderContents>().AddSingleton<PathPattern>()
        .AddSingleton<StoredFiles>().AddSingleton<PathRows>().AddSingleton<FileUploads>();

    public static void MapSdkFiles(this IEndpointRouteBuilder endpoints)
    {
        ContentsApi.Map(endpoints.MapSdk("/fm/api/v1/contents"));
        var sdk = endpoints.MapSdk("/api/v1");
        FileApi.Map(sdk);
    }
}
