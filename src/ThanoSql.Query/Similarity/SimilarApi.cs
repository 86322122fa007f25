using ThanoSql.Query.Http;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary><c>/api/v1/similar</c>, for shops: GET with a picture that is known, POST with one that is not to be stored.</summary>
internal static class SimilarApi
{
    public const string Address = "/api/v1/similar";

    private const string Filters =
        "Filters are parameters, too: COLUMN.eq|ne|gt|gte|lt|lte|in|is=VALUE, for columns that the pipeline's file allows.";

    private const int Small = 1_000_000; // bytes

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Address, FindAsync)
            .RequireAnyToken().WithName("Similar").WithTags("search")
            .WithSummary("Rows of a pipeline's table whose pictures resemble a known one, the most similar first")
            .WithDescription(Filters)
            .Produces<SimilarAnswer>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(415).ProducesProblem(422)
            .ProducesProblem(503)
            .AddOpenApiOperationTransformer((operation, context, cancellation) => SimilarDocument.DescribeAsync(operation, isSent: false));
        endpoints.MapPost(Address, SendAsync)
            .RequireAnyToken().WithName("SimilarToSent").WithTags("search")
            .WithSummary("Rows of a pipeline's table whose pictures resemble the one that is sent; it is not stored")
            .WithDescription($"The bytes say what it is, whatever the content type. {Filters}")
            .Accepts<Stream>("image/jpeg", "image/png", "image/webp", "application/octet-stream", "*/*") // the last takes whatever clients say
            .Produces<SimilarAnswer>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(413).ProducesProblem(415)
            .ProducesProblem(422).ProducesProblem(503)
            .AddOpenApiOperationTransformer((operation, context, cancellation) => SimilarDocument.DescribeAsync(operation, isSent: true));
    }

    private static Task FindAsync(HttpContext context, [FromServices] SimilarSearcher searcher) =>
        AnswerAsync(context, searcher, NearPicture.Read(context.Request.Query, sent: null));

    private static async Task SendAsync(
        HttpContext context, [FromServices] SimilarSearcher searcher, [FromServices] Uploads uploads, [FromServices] RequestBodies bodies)
    {
        using var turn = new LateTurn(bodies, TokenAuthentication.TokenOf(context).Name);
        if (context.Request.ContentLength is null or > Small)
            await turn.EnterAsync(context.RequestAborted);
        byte[] picture;
        using (var content = await PictureBody.ReadAsync(context, uploads, context.RequestAborted))
            picture = content.ToArray();
        await AnswerAsync(context, searcher, NearPicture.Read(context.Request.Query, picture));
    }

    private static async Task AnswerAsync(HttpContext context, SimilarSearcher searcher, SearchRequest request)
    {
        var (_, page) = await searcher.SearchAsync(request, Caller.Of(context), context.RequestAborted);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = page.Json.Length;
        await context.Response.BodyWriter.WriteAsync(page.Json, context.RequestAborted);
        searcher.Return(page);
    }
}
