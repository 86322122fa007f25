using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Images;

/// <summary><c>GET /images/{path}</c> shows a picture by a signed link; <c>PUT /api/v1/images/{path}</c> stores one.</summary>
internal static class ImageApi
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/images/{**path}", ShowAsync)
            .WithName("ShowImage").WithTags("images")
            .WithSummary("A thumbnail, by a link of a search result")
            .Produces(200, contentType: "image/jpeg").Produces(304).ProducesProblem(403).ProducesProblem(404).ProducesProblem(415);
        endpoints.MapPut("/api/v1/images/{**path}", StoreAsync)
            .Require(TokenScope.Write)
            .WithName("StoreImage").WithTags("images")
            .WithSummary("Stores a picture (the request's body) in the workspace; it is indexed at once")
            .WithDescription(
                "With '/label' behind the path and the body {\"label\": \"…\"} instead: the human label of the picture; null takes it back.")
            // the last is what curl says unasked
            .Accepts<byte[]>("image/jpeg", "image/png", "image/webp", "application/octet-stream", "application/x-www-form-urlencoded")
            .Produces<StoredImage>(201).ProducesProblem(400).ProducesProblem(413).ProducesProblem(415);
    }

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

    private static async Task<IResult> StoreAsync(
        HttpContext context, string path, [FromServices] IObjectStore store, [FromServices] IOptions<ImageOptions> options,
        [FromServices] IOptions<SqlOptions> sql)
    {
        var cancellation = context.RequestAborted;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = options.Value.Megabytes * 1_000_000L;
        var image = StorePath.Parse(path, sql.Value.Workspace);
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, cancellation);
        var format = ImageSignature.Recognise(content.GetBuffer().AsSpan(0, (int)content.Length));

        content.Position = 0;
        if (image.Bucket == sql.Value.Workspace)
            await store.EnsureBucketAsync(image.Bucket, cancellation); // other buckets are the operator's to make
        var stored = await store.WriteAsync(image, content, ContentType(format), cancellation);
        return TypedResults.Json(
            new StoredImage(StorePath.Format(image, sql.Value.Workspace), stored.ETag, stored.Size), statusCode: StatusCodes.Status201Created);
    }

    private static string ContentType(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Png => "image/png",
        _ => "image/webp",
    };

    private static QueryException Missing(ObjectPath image) => new(ErrorCode.NotFound, $"There is no picture '{image.Key}'.");

    /// <summary>What a signed link holds.</summary>
    private sealed record Link(string Path, string? Bucket, long? V, int? Width, int? For, long? Expires, string? Signature);

    /// <param name="Path">As SQL and search show it.</param>
    /// <param name="Etag">Of the stored object.</param>
    /// <param name="Size">In bytes.</param>
    internal sealed record StoredImage(string Path, string Etag, long Size);
}
