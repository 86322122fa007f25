using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Query.Sdk.Search;

/// <summary>What the older clients ask of search.</summary>
internal static class SearchServices
{
    /// <summary>ThanoSql.Embedding is asked for when the first picture comes.</summary>
    public static IServiceCollection AddSdkSearch(this IServiceCollection services)
    {
        services.TryAddSingleton<EmbedPicture>(provider => async (picture, trunkId, cancellationToken) =>
            (await provider.GetRequiredService<PictureVectors>().OfBytesAsync(picture, trunkId, cancellationToken)).Vector);
        return services.AddSingleton<KeywordPictures>().AddSingleton<SimilarPictures>().AddSingleton<PictureZip>();
    }

    public static void MapSdkSearch(this IEndpointRouteBuilder endpoints)
    {
        PictureSearchApi.Map(endpoints.MapSdk("/api/v1"));
        GraphApi.Map(endpoints.MapSdk("/api"));
    }
}
