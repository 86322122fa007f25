using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace ThanoSql.Query.Search;

/// <summary><c>GET /api/v1/search</c> and <c>GET /api/v1/keywords</c>, for shops.</summary>
internal static class SearchApi
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/v1/search", SearchAsync)
            .RequireAnyToken()
            .WithName("Search").WithTags("search")
            .WithSummary("Rows of a pipeline's table by keyword")
            .WithDescription(
                """
                Parameters: table; keyword (may repeat: any of them; synonyms count); min_score 0 to 1; COLUMN.eq|gte|lte|gt|lt=VALUE for columns
                that the pipeline's file allows; sort=COLUMN or -COLUMN (default: best score first); limit 1 to 100 (20); width of the thumbnails
                16 to 2048 (240); after: the 'next' of the page before.
                """)
            .Produces<object>().Produces(304).ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(503);
        endpoints.MapGet("/api/v1/keywords", KeywordsAsync)
            .RequireAnyToken()
            .WithName("Keywords").WithTags("search")
            .WithSummary("The labels of a pipeline's table and how many rows carry each")
            .Produces<KeywordList>().ProducesProblem(404);
    }

    private static async Task<IResult> KeywordsAsync(HttpContext context, string table, [FromServices] Searcher searcher) =>
        TypedResults.Ok(new KeywordList(table, await searcher.KeywordsAsync(table, TokenAuthentication.TokenOf(context), context.RequestAborted)));

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
        var tag = new EntityTagHeaderValue($"\"{Base64Url.EncodeToString(hash[..16])}\"");
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = tag;
        headers.CacheControl = new CacheControlHeaderValue { Private = true, MaxAge = TimeSpan.FromSeconds(seconds) };
        headers.Append("Vary", "Authorization"); // the links of a page end with the token that asked
        if (!context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private sealed record KeywordList(string Table, IReadOnlyList<KeywordCount> Keywords);
}
