using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace ThanoSql.Query.Search;

/// <summary><c>GET /api/v1/search</c>, for shops.</summary>
internal static class SearchApi
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/v1/search", SearchAsync)
        .RequireAnyToken()
        .WithName("Search").WithTags("search")
        .WithSummary("Rows of a pipeline's table by keyword")
        .WithDescription("Filters are parameters, too: COLUMN.eq|ne|gt|gte|lt|lte|in|is=VALUE, for columns that the pipeline's file allows.")
        .Produces<SearchAnswer>().Produces(304).ProducesProblem(400).ProducesProblem(404).ProducesProblem(503)
        .AddOpenApiOperationTransformer(SearchDocument.DescribeAsync);

    private static async Task SearchAsync(HttpContext context, [FromServices] Searcher searcher)
    {
        var (target, page) = await searcher.SearchAsync(
            SearchRequest.Read(context.Request.Query), Caller.Of(context), context.RequestAborted);
        var response = context.Response;
        if (!MayBeKept(context, target, page.Json.Span))
        {
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = page.Json.Length;
            await response.BodyWriter.WriteAsync(page.Json, context.RequestAborted);
        }
        searcher.Return(page);
    }

    /// <summary>Says how long an answer may be kept, where the pipeline's file does.</summary>
    /// <returns>Whether the client has just this answer already: it is told so instead.</returns>
    private static bool MayBeKept(HttpContext context, SearchTarget target, ReadOnlySpan<byte> json)
    {
        if (target.Definition.Search.CacheSeconds is not { } seconds)
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json, hash);
        // A weak one: the same answer is of other bytes when it is compressed
        var tag = new EntityTagHeaderValue($"\"{Base64Url.EncodeToString(hash[..16])}\"", isWeak: true);
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = tag;
        headers.CacheControl = new CacheControlHeaderValue { Private = true, MaxAge = TimeSpan.FromSeconds(seconds) };
        headers.Append("Vary", "Authorization, Accept-Encoding"); // the links of a page end with the token that asked
        if (!context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
