using Microsoft.AspNetCore.Http.HttpResults;

namespace ThanoSql.Query.Web;

/// <summary>
/// The page at <c>/</c>: keyword search with thumbnails. One static file without a framework; it asks for a token of scope search and keeps it in the
/// browser.
/// </summary>
internal static class WebPage
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/", Show).ExcludeFromDescription();

    private static FileStreamHttpResult Show(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src 'self'; base-uri 'none'";
        var page = typeof(WebPage).Assembly.GetManifestResourceStream("ThanoSql.Query.Web.search.html")!;
        return TypedResults.Stream(page, "text/html; charset=utf-8");
    }
}
