using System.ComponentModel;

namespace ThanoSql.Query.Images;

/// <summary><c>PUT /api/v1/images/{path}</c> stores a picture, <c>POST /api/v1/images</c> many; both may wait until they are indexed.</summary>
internal static class UploadApi
{
    private const string Waiting = "Seconds to wait until the picture is indexed: 0s to 60s, for example 5s.";
    private const string OnlyNew = "* keeps a picture that is there already (412).";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPut("/api/v1/images/{**path}", PutAsync)
            .Require(TokenScope.Write).WithName("StoreImage").WithTags("images")
            .WithSummary("Stores a picture (the request's body) in the workspace; it is indexed at once")
            .WithDescription("The bytes say what it is, whatever the content type. 201 when it is stored, 202 when it was waited for in vain.")
            .Accepts<Stream>( // the last takes whatever clients say
                "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/avif", "image/bmp", "application/octet-stream", "*/*")
            .Produces<StoredPicture>(201).Produces<StoredPicture>(202)
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(412).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);
        endpoints.MapPost("/api/v1/images", PostAsync)
            .Require(TokenScope.Write).WithName("StoreImages").WithTags("images")
            .WithSummary("Stores many pictures, the files of a form, each under its file name; each has its own outcome")
            .Accepts<PictureForm>("multipart/form-data", "*/*")
            .Produces<UploadOutcomes>().ProducesProblem(400);
    }

    private static async Task<IResult> PutAsync(
        HttpContext context, [Description("The key, or s3://bucket/key outside of the workspace.")] string path, [FromServices] Uploads uploads,
        [Description(Waiting)] string? wait, [FromHeader(Name = "If-None-Match"), Description(OnlyNew)] string? ifNoneMatch)
    {
        var cancellation = context.RequestAborted;
        var (within, onlyNew) = (WaitTime.Parse(wait), IsOnlyNew(ifNoneMatch));
        using var content = await PictureBody.ReadAsync(context, uploads, cancellation);
        var upload = await uploads.StoreAsync(path, content, onlyNew, cancellation);
        var isSettled = await uploads.IsSettledAsync(upload, within, cancellation);
        context.Response.Headers.Location = context.Request.PathBase + uploads.AddressOf(upload);
        return TypedResults.Json(
            await uploads.DescribeAsync(upload, isSettled, cancellation), statusCode: UploadOutcome.StatusOf(upload, within, isSettled));
    }

    private static async Task<IResult> PostAsync(
        HttpContext context, [FromServices] ManyUploads uploads,
        [Description("What stands before the file names: products/.")] string? prefix, [Description(Waiting)] string? wait,
        [FromHeader(Name = "If-None-Match"), Description(OnlyNew)] string? ifNoneMatch)
    {
        var (within, onlyNew) = (WaitTime.Parse(wait), IsOnlyNew(ifNoneMatch));
        PictureBody.Limit(context, uploads.Most);
        return TypedResults.Ok(new UploadOutcomes(
            await uploads.StoreAsync(context.Request, prefix ?? "", onlyNew, within, context.RequestAborted)));
    }

    private static bool IsOnlyNew(string? ifNoneMatch) => ifNoneMatch switch
    {
        null => false,
        "*" => true,
        _ => throw new QueryException(ErrorCode.BadRequest, $"'If-None-Match' is '*' or not there, not '{ifNoneMatch}'."),
    };

    /// <param name="File">Pictures, each stored under its file name.</param>
#pragma warning disable CA1812 // described by the OpenAPI document only: the body is read by hand
    internal sealed record PictureForm(IFormFileCollection File);
#pragma warning restore CA1812
}
