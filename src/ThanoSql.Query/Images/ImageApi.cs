using Microsoft.Net.Http.Headers;

namespace ThanoSql.Query.Images;

/// <summary><c>GET /images/{path}</c> shows a picture by a signed link.</summary>
internal static class ImageApi
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/images/{**path}", ShowAsync)
            .WithName("ShowImage").WithTags("images")
            .WithSummary("A thumbnail, by a link of a search result")
            .Produces(200, contentType: "image/jpeg").Produces(304).ProducesProblem(403).ProducesProblem(404).ProducesProblem(415);

    private static async Task<IResult> ShowAsync(
        HttpContext context, [AsParameters] Link link, [FromServices] ImageLinks links, [FromServices] Thumbnails thumbnails,
        [FromServices] IObjectStore store, [FromServices] IOptions<SqlOptions> sql)
    {
        var cancellation = context.RequestAborted;
        var image = new ObjectPath(link.Bucket ?? sql.Value.Workspace, link.Path);
        if (link is not { Width: { } width, For: { } number, Expires: { } expires, Signature: { } signature }
            || await links.TokenOfAsync(image, new SignedLink(link.V, width, number, expires, signature), cancellation) is not { } token)
        {
            throw new QueryException(
                ErrorCode.PermissionDenied, "The image link is wrong or has ended.", hint: "Search again: results carry fresh links.");
        }
        if (token.Restrictions.Origins is { Count: > 0 } origins && context.Request.Headers.Origin.ToString() is { Length: > 0 } page)
        {
            RestrictedTokens.CheckPage(token, origins, page); // an <img> names none
            CrossOrigin.Allow(context, page);
        }

        if (await store.StatAsync(image, cancellation) is not { } info)
            throw Missing(image);

        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{Uri.EscapeDataString(info.ETag)}-{width}\""));
        // Without a version the link stays when the picture does not
        context.Response.Headers.CacheControl = link.V is null ? "private, no-cache" : "private, max-age=3600";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.GetTypedHeaders().ETag = tag;
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }
        var picture = await thumbnails.GetAsync(info, width, cancellation) ?? throw Missing(image);
        return TypedResults.Bytes(picture, "image/jpeg", entityTag: tag);
    }

    private static QueryException Missing(ObjectPath image) => new(ErrorCode.NotFound, $"There is no picture '{image.Key}'.");

    /// <summary>What a signed link holds.</summary>
    private sealed record Link(string Path, string? Bucket, long? V, int? Width, int? For, long? Expires, string? Signature);
}
