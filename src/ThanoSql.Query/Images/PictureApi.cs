using System.ComponentModel;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Query.Images;

/// <summary>
/// <c>GET /api/v1/images/{path}</c>: what became of a picture; <c>GET /api/v1/images</c>: pages of them; <c>DELETE</c>: the end of one, at once.
/// </summary>
internal static class PictureApi
{
    private const string Address = "/api/v1/images/{**path}";
    private const int MostOfPage = 1000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Address, FindAsync)
            .Require(TokenScope.Query).WithName("GetImage").WithTags("images")
            .WithSummary("What is known of a picture: state, keywords, labels, and the rows that show it")
            .Produces<PictureDetails>().ProducesProblem(400).ProducesProblem(404);
        endpoints.MapGet("/api/v1/images", ListAsync)
            .Require(TokenScope.Query).WithName("ListImages").WithTags("images")
            .WithSummary("Pictures in the order of their paths, a page at a time")
            .Produces<PicturePage>().ProducesProblem(400);
        endpoints.MapDelete(Address, DeleteAsync)
            .Require(TokenScope.Write).WithName("DeleteImage").WithTags("images")
            .WithSummary("Deletes a picture and what is known of it, at once; one that is not there is no error")
            .WithDescription("Rows go, or their index columns are cleared, as on_delete of their pipeline says.")
            .Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(503);
    }

    private static async Task<IResult> FindAsync(
        HttpContext context, [Description("The key, or s3://bucket/key outside of the workspace.")] string path, [FromServices] Pictures pictures,
        [FromServices] IOptions<SqlOptions> sql)
    {
        var image = StorePath.Parse(path, sql.Value.Workspace);
        return await pictures.FindAsync(image, TokenAuthentication.TokenOf(context), context.RequestAborted) is { } known
            ? TypedResults.Ok(known)
            : throw new QueryException(
                ErrorCode.NotFound, $"No picture '{StorePath.Format(image, sql.Value.Workspace)}' is known.",
                hint: "Known are those under a pipeline's prefix, and those that a row of its table or a statement has named.");
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, [FromServices] Pictures pictures, [FromServices] IOptions<SqlOptions> sql,
        [Description("Only paths that begin with it; s3://bucket/… outside of the workspace.")] string? prefix = null,
        [Description("pending, indexed, failed or gone; all without it.")] string? state = null,
        [Description("The 'next' of the page before.")] string? after = null,
        [Description("1 to 1000.")] int limit = 100)
    {
        if (limit is < 1 or > MostOfPage)
            throw new QueryException(ErrorCode.BadRequest, $"'limit' is a whole number from 1 to {MostOfPage}, not '{limit}'.");
        var (bucket, beginning) = StorePath.ParsePrefix(prefix ?? "", sql.Value.Workspace);
        var selection = new ImageSelection(bucket, beginning, StateOf(state));
        return TypedResults.Ok(await pictures.ListAsync(selection, KeyOf(after, bucket, sql.Value), limit, context.RequestAborted));
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext context, [Description("The key, or s3://bucket/key outside of the workspace.")] string path,
        [FromServices] PictureRemoval removal, [FromServices] IOptions<SqlOptions> sql)
    {
        await removal.RemoveAsync(StorePath.Parse(path, sql.Value.Workspace), TokenAuthentication.TokenOf(context), context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static ImageState? StateOf(string? word)
    {
        if (word is null)
            return null;
        return Enum.GetNames<ImageState>().Contains(word, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<ImageState>(word, ignoreCase: true)
            : throw new QueryException(ErrorCode.BadRequest, $"There is no state '{word}'.", hint: "There are: pending, indexed, failed, gone.");
    }

    private static string? KeyOf(string? after, string bucket, SqlOptions sql)
    {
        if (after is null)
            return null;
        var path = StorePath.Parse(after, sql.Workspace);
        return path.Bucket == bucket
            ? path.Key
            : throw new QueryException(ErrorCode.BadRequest, $"'after' is '{after}', which is not in bucket '{bucket}' as 'prefix' is.");
    }
}
