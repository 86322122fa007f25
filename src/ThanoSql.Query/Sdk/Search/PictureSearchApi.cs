using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Search;

/// <summary>
/// <c>/api/v1/search/text</c> and <c>/api/v1/search/file</c>: pictures of a table, found by keyword or by another picture, as a zip file.
/// </summary>
internal static class PictureSearchApi
{
    private const int Most = 100; // pictures

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post];

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapMethods("/search/text/", Methods, TextAsync).Require(TokenScope.Query);
        sdk.MapPost("/search/file/", FileAsync).Require(TokenScope.Query);
    }

    private static async Task TextAsync(HttpContext context, [FromServices] KeywordPictures pictures, [FromServices] PictureZip zip)
    {
        var (of, keyword) = (PictureTable.Of(context.Request.Query), PictureTable.Text(context.Request.Query, "text"));
        var found = await pictures.FindAsync(TokenAuthentication.TokenOf(context), of, keyword, Most, context.RequestAborted);
        await zip.SendAsync(context.Response, found, context.RequestAborted);
    }

    private static async Task FileAsync(
        HttpContext context, [FromServices] SimilarPictures pictures, [FromServices] RequestBodies bodies, [FromServices] PictureZip zip)
    {
        var of = PictureTable.Of(context.Request.Query);
        using var form = await SdkForm.ReadAsync(context, bodies);
        var found = await pictures.FindAsync(TokenAuthentication.TokenOf(context), of, form.File.ToArray(), Most, context.RequestAborted);
        await zip.SendAsync(context.Response, found, context.RequestAborted);
    }
}
