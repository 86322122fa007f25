namespace ThanoSql.Query.Sdk.Files;

/// <summary>
/// <c>/api/v1/file</c> of the SDK before 1.0.0, the same under the names that the documentation had, and <c>/api/v1/insert</c> of the first
/// generation: files below <c>drive/</c>, and rows that name them.
/// </summary>
internal static class FileApi
{
    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Post];
    private static readonly string[] DeleteMethods = [HttpMethods.Delete, HttpMethods.Post];

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet("/file/", ListAsync).Require(TokenScope.Query);
        sdk.MapMethods("/file/list/", ReadMethods, ListAsync).Require(TokenScope.Query);
        sdk.MapPost("/file/", (HttpContext context, [FromServices] FileUploads uploads) => StoreAsync(context, uploads, Place.Drive))
            .Require(TokenScope.Write);
        sdk.MapPost("/file/upload/", (HttpContext context, [FromServices] FileUploads uploads) => StoreAsync(context, uploads, Place.Kind))
            .Require(TokenScope.Write);
        sdk.MapPost("/insert/", (HttpContext context, [FromServices] FileUploads uploads) => StoreAsync(context, uploads, Place.Kind, inserts: true))
            .Require(TokenScope.Write);
        sdk.MapDelete("/file/", DeleteAsync).Require(TokenScope.Write);
        sdk.MapMethods("/file/delete/", DeleteMethods, DeleteAsync).Require(TokenScope.Write);
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromServices] PathPattern pattern, [FromServices] WorkspacePaths paths)
    {
        var query = context.Request.Query;
        var path = SdkParameters.Text(query, "search_path") ?? SdkParameters.Text(query, "file_path");
        var found = await pattern.FindAsync(paths.OfDrive(path is null ? null : WorkspacePaths.Trimmed(path)), context.RequestAborted);
        // A text in the JSON: the SDK reads it as JSON again
        return TypedResults.Ok(new { Data = new { MatchedPathnames = JsonSerializer.Serialize(found) } });
    }

    private static async Task<IResult> StoreAsync(HttpContext context, FileUploads uploads, Place place, bool inserts = false)
    {
        var query = context.Request.Query;
        var column = inserts || SdkParameters.Flag(query, "db_commit", false) ? PathColumn.Of(query) : null;
        var onlyNew = SdkParameters.Text(query, "if_exists") switch
        {
            "fail" => true,
            null or "replace" or "overwrite" => false,
            var other => throw new QueryException(ErrorCode.BadRequest, $"'if_exists' is fail or replace, not '{other}'."),
        };
        var path = await uploads.StoreAsync(context, new FileUpload(SdkParameters.Text(query, "dir"), place, column, onlyNew));
        return TypedResults.Ok(new
        {
            Data = new { FilePath = path, TableName = column?.Table.Name, ColumnName = column?.Name, Schema = column?.Table.Schema },
        });
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext context, [FromServices] StoredFiles files, [FromServices] PathRows rows, [FromServices] WorkspacePaths paths)
    {
        var (query, token, cancellation) = (context.Request.Query, TokenAuthentication.TokenOf(context), context.RequestAborted);
        var written = SdkParameters.Text(query, "file_path");
        var path = paths.OfDrive(written);
        await files.FindAsync(path, cancellation);
        // Committed first: what is known of the file goes with its rows, which another transaction would hold
        if (SdkParameters.Flag(query, "db_commit", false))
            await rows.DeleteAsync(token, PathColumn.Of(query), [written!, path.Key], cancellation);
        await files.RemoveAsync(path, token, cancellation);
        return TypedResults.Ok(new { Message = $"The file '{path.Key}' is deleted." });
    }
}
