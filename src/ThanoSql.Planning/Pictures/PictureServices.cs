using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>What statements that compare pictures need.</summary>
internal static class PictureServices
{
    /// <summary>ThanoSql.Embedding is asked for when the first such statement comes.</summary>
    public static IServiceCollection AddPictures(this IServiceCollection services)
    {
        services.TryAddSingleton<PictureCatalog>();
        services.TryAddSingleton<QueryPictures>();
        services.TryAddSingleton(provider => new PictureMeans(
            provider.GetRequiredService<PictureCatalog>(),
            (path, trunkId, cancellationToken) => provider.GetRequiredService<QueryPictures>().FindAsync(path, trunkId, cancellationToken),
            (trunkId, paths, report, cancellationToken) =>
                provider.GetRequiredService<QueryPictures>().LookAsync(trunkId, paths, report, cancellationToken),
            (trunkId, vector, top, among, cancellationToken) =>
                provider.GetRequiredService<SimilarContents>().NearestAsync(trunkId, vector, top, among, cancellationToken)));
        return services;
    }
}
