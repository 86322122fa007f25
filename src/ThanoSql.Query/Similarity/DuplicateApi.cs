using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary><c>GET /api/v1/duplicates</c>: products that were uploaded twice.</summary>
internal static class DuplicateApi
{
    private const double UsualSimilarity = 0.97;
    private const double LeastSimilarity = 0.5; // below, whole tables would be one group

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/v1/duplicates", FindAsync)
        .RequireAnyToken().WithName("Duplicates").WithTags("search")
        .WithSummary("Rows of a pipeline's table that show the same picture, or one that looks the same, in groups")
        .WithDescription(
            "A page may hold fewer groups than its limit, or none: it ends after some seconds of looking. 'next' is null at the table's end. "
            + "Filters are parameters, too: COLUMN.eq|ne|gt|gte|lt|lte|in|is=VALUE, for columns that the pipeline's file allows.")
        .Produces<DuplicateAnswer>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(422).ProducesProblem(503)
        .AddOpenApiOperationTransformer((operation, context, cancellation) => SimilarDocument.DescribeDuplicatesAsync(operation));

    private static async Task FindAsync(HttpContext context, [FromServices] DuplicateFinder finder)
    {
        var request = NearPicture.ReadEach(context.Request.Query, UsualSimilarity, LeastSimilarity);
        var page = await finder.FindAsync(request, Caller.Of(context), context.RequestAborted);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = page.Json.Length;
        await context.Response.BodyWriter.WriteAsync(page.Json, context.RequestAborted);
        finder.Return(page);
    }
}

#pragma warning disable CA1812 // described by the OpenAPI document: SearchPage writes the answer

/// <summary>A page of groups.</summary>
/// <param name="Table">That was searched.</param>
/// <param name="Keywords">The labels that the asked words stand for.</param>
/// <param name="UnknownKeywords">Words that stand for none.</param>
/// <param name="Groups">In the order of their first paths.</param>
/// <param name="Next">The 'after' of the next page; null at the end of the table.</param>
internal sealed record DuplicateAnswer(
    string Table, IReadOnlyList<string> Keywords, IReadOnlyList<UnknownKeyword> UnknownKeywords, IReadOnlyList<DuplicatePictures> Groups,
    string? Next);

/// <param name="Kind">'content' where all are of the same bytes, 'similar' where some only look the same.</param>
/// <param name="Pictures">Rows: those of the first picture, then the others, the most similar to it first.</param>
/// <param name="More">Whether the group holds more than these.</param>
internal sealed record DuplicatePictures(string Kind, IReadOnlyList<SimilarHit> Pictures, bool More);
