using Microsoft.Extensions.DependencyInjection;

namespace ThanoSql.Query.Similarity;

/// <summary>Search by picture, and for duplicates. Needs ThanoSql.Embedding in the container.</summary>
internal static class SimilarityServices
{
    public static IServiceCollection AddSimilarity(this IServiceCollection services) =>
        services
            .AddSingleton<AskedPictures>().AddSingleton<SimilarSearcher>().AddSingleton<SimilarReader>()
            .AddSingleton<DuplicateTurns>().AddSingleton<DuplicateFinder>();

    public static void MapSimilarity(this IEndpointRouteBuilder endpoints)
    {
        SimilarApi.Map(endpoints);
        DuplicateApi.Map(endpoints);
    }
}
