using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Files;

/// <summary><c>/fm/api/v1/contents/{path}</c>: the workspace as files and folders, for the SDK from 1.0.0 on.</summary>
internal static class ContentsApi
{
    private const string Address = "/{**path}";

    public static void Map(IEndpointRouteBuilder sdk)
    {
        sdk.MapGet(Address, GetAsync).Require(TokenScope.Query);
        sdk.MapPost(Address, PostAsync).Require(TokenScope.Write);
        sdk.MapDelete(Address, DeleteAsync).Require(TokenScope.Write);
    }

    private static async Task<IResult> GetAsync(
        HttpContext context, string? path, [FromServices] StoredFiles files, [FromServices] FolderContents folders,
        [FromServices] IObjectStore store, [FromServices] WorkspacePaths paths)
    {
        var cancellation = context.RequestAborted;
        var writable = TokenAuthentication.TokenOf(context).Scope.Writes();
        var isDownload = SdkParameters.Text(context.Request.Query, "option") switch
        {
            null => false,
            "download" => true,
            var other => throw new QueryException(ErrorCode.BadRequest, $"'option' is download, not '{other}'."),
        };
        var key = WorkspacePaths.Trimmed(path ?? "");
        var place = key.Length == 0 ? null : paths.Of(key);
        if (isDownload)
            return await SendAsync(context, place is null ? throw StoredFiles.Missing("") : await files.OpenAsync(place, cancellation));
        if (place is not null && await store.StatAsync(place, cancellation) is { } file)
            return Answer(ContentInfo.OfFile(file, writable));
        var entries = await folders.ListAsync(place?.Key ?? "", cancellation);
        return place is null || entries.Count > 0
            ? Answer(ContentInfo.OfFolder(place?.Key ?? "", [.. entries.Select(e => ContentInfo.Of(e, writable))], writable))
            : throw StoredFiles.Missing(key);
    }

    private static async Task<IResult> PostAsync(
        HttpContext context, string? path, [FromServices] StoredFiles files, [FromServices] IObjectStore store,
        [FromServices] WorkspacePaths paths, [FromServices] RequestBodies bodies)
    {
        if (!MultipartFiles.AreIn(context.Request))
            return await MakeFolderAsync(paths.Of(WorkspacePaths.Trimmed(path ?? "")), store, context.RequestAborted);
        using var form = await SdkForm.ReadAsync(context, bodies);
        var stored = await files.StoreAsync(paths.In(path ?? "", form.FileName), form.File, onlyNew: false, context.RequestAborted);
        return Answer(ContentInfo.OfFile(stored, writable: true));
    }

    // A store of objects has no folders: one is there with its first file
    private static async Task<Ok<ContentAnswer>> MakeFolderAsync(ObjectPath folder, IObjectStore store, CancellationToken cancellationToken)
    {
        if (await store.StatAsync(folder, cancellationToken) is not null)
            throw new QueryException(ErrorCode.AlreadyExists, $"'{folder.Key}' is a file.");
        return Answer(ContentInfo.OfFolder(folder.Key, [], writable: true));
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext context, string? path, [FromServices] StoredFiles files, [FromServices] IObjectStore store,
        [FromServices] FolderContents folders, [FromServices] WorkspacePaths paths)
    {
        var place = paths.Of(WorkspacePaths.Trimmed(path ?? ""));
        var isFolder = await store.StatAsync(place, context.RequestAborted) is null
            && (await folders.ListAsync(place.Key, context.RequestAborted)).Count > 0;
        if (isFolder)
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"'{place.Key}' is a folder.", hint: "Delete its files one by one; it goes with the last.");
        }
        await files.RemoveAsync(place, TokenAuthentication.TokenOf(context), context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SendAsync(HttpContext context, StoredObject file)
    {
        await using (file)
        {
            var name = file.Info.Key[(file.Info.Key.LastIndexOf('/') + 1)..];
            var response = context.Response;
            (response.ContentType, response.ContentLength) = ("application/octet-stream", file.Info.Size);
            response.Headers[HeaderNames.ContentDisposition] = SdkAttachment.Named(name);
            response.Headers.XContentTypeOptions = "nosniff";
            await file.Content.CopyToAsync(response.Body, context.RequestAborted);
            return TypedResults.Empty;
        }
    }

    private static Ok<ContentAnswer> Answer(ContentInfo info) => TypedResults.Ok(new ContentAnswer(info, "/home/jovyan"));
}

/// <param name="Root">Under which SQL knows the workspace, too.</param>
internal sealed record ContentAnswer(ContentInfo ContentInfo, string Root);

/// <summary>A file or folder, as the SDK shows it.</summary>
/// <param name="Name">Without what the file's format is told by.</param>
/// <param name="Format">Such as <c>.jpeg</c>; null for folders.</param>
/// <param name="Type"><c>file</c> or <c>directory</c>.</param>
/// <param name="Size">In bytes; null for folders.</param>
/// <param name="Content">Of a folder that was asked for; null otherwise.</param>
/// <param name="CreatedAt">When it was written last: stores know no other time.</param>
internal sealed record ContentInfo(
    string Name, string? Format, string Path, string Type, long? Size, bool Writable, IReadOnlyList<ContentInfo>? Content, DateTimeOffset? CreatedAt,
    DateTimeOffset? UpdatedAt)
{
    public static ContentInfo Of(FolderEntry entry, bool writable) =>
        entry.File is { } file ? OfFile(file, writable) : OfFolder(entry.Path, null, writable);

    public static ContentInfo OfFile(ObjectInfo file, bool writable) => new(
        System.IO.Path.GetFileNameWithoutExtension(file.Key), System.IO.Path.GetExtension(file.Key), file.Key, "file", file.Size, writable, null,
        file.LastModified, file.LastModified);

    public static ContentInfo OfFolder(string path, IReadOnlyList<ContentInfo>? content, bool writable) => new(
        path[(path.LastIndexOf('/') + 1)..], null, path, "directory", null, writable, content, null, null);
}
