using ThanoSql.Embedding;
using ThanoSql.Storage.Folder;
using ThanoSql.Storage.S3;

namespace ThanoSql.Indexer.Hosting;

/// <summary>The object store by configuration: <c>Storage:Kind=folder</c> (default) or <c>s3</c>.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        var kind = configuration["Storage:Kind"] ?? "folder";
        return kind switch
        {
            "folder" => services.AddFolderStore(configuration.GetSection("Storage:Folder")),
            "s3" => services.AddS3Store(configuration),
            _ => throw new StartException($"Storage:Kind is '{kind}'; it must be 'folder' or 's3'."),
        };
    }

    private static IServiceCollection AddFolderStore(this IServiceCollection services, IConfiguration configuration)
    {
        var root = configuration["Root"]!;
        var timeout = configuration.GetValue("Timeout", FolderStore.DefaultTimeout);
        if (timeout < TimeSpan.FromSeconds(1) || timeout > TimeSpan.FromMinutes(10))
            throw new StartException($"Storage:Folder:Timeout is {timeout}; it must be from 00:00:01 to 00:10:00.");
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"Storage:Folder:Root '{root}' cannot be made ({refused.Message}). Choose a folder that this user may write.");
        }
        services.AddSingleton(new FolderStore(root, timeout));
        return services.AddGuardedStore(provider => provider.GetRequiredService<FolderStore>());
    }

    private static IServiceCollection AddS3Store(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<S3StoreOptions>().Bind(configuration.GetSection("Storage:S3")).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => new S3Store(provider.GetRequiredService<IOptions<S3StoreOptions>>().Value, TimeProvider.System));
        return services.AddGuardedStore(provider => provider.GetRequiredService<S3Store>());
    }
}
