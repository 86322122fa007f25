using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk.Files;

/// <summary>Stores a file below <c>drive/</c> and, where that is asked, a row that names it.</summary>
internal sealed class FileUploads(StoredFiles files, PathRows rows, WorkspacePaths paths, RequestBodies bodies)
{
    /// <returns>Where it lies.</returns>
    /// <exception cref="QueryException">No such table or column, no such folder, no picture: nothing is stored.</exception>
    public async Task<string> StoreAsync(HttpContext context, FileUpload upload)
    {
        var (token, cancellation) = (TokenAuthentication.TokenOf(context), context.RequestAborted);
        using var form = await SdkForm.ReadAsync(context, bodies);
        var path = paths.In(FolderOf(upload, form.FileName), form.FileName);
        if (upload.Column is null)
            return (await files.StoreAsync(path, form.File, upload.OnlyNew, cancellation)).Key;
        await rows.ProbeAsync(token, upload.Column, path.Key, cancellation);
        await files.StoreAsync(path, form.File, upload.OnlyNew, cancellation);
        await rows.InsertAsync(token, upload.Column, path.Key, cancellation);
        return path.Key;
    }

    private static string FolderOf(FileUpload upload, string file)
    {
        if (upload.Folder is { } named)
        {
            var folder = WorkspacePaths.Trimmed(named);
            return folder == WorkspacePaths.Drive || folder.StartsWith(WorkspacePaths.Drive + "/", StringComparison.Ordinal)
                ? folder
                : $"{WorkspacePaths.Drive}/{folder}";
        }
        return upload.Place == Place.Drive ? WorkspacePaths.Drive
            : file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? $"{WorkspacePaths.Drive}/others"
            : $"{WorkspacePaths.Drive}/image";
    }
}

/// <summary>What is to be stored.</summary>
/// <param name="Folder">Below <c>drive/</c>; null for the usual one.</param>
/// <param name="Place">Which that is.</param>
/// <param name="Column">That is to name it; null for none.</param>
/// <param name="OnlyNew">Whether a file that is there stays.</param>
internal sealed record FileUpload(string? Folder, Place Place, PathColumn? Column, bool OnlyNew);

/// <summary>The folder of files for which none is named.</summary>
internal enum Place
{
    /// <summary><c>drive/</c></summary>
    Drive,

    /// <summary><c>drive/image/</c> or <c>drive/others/</c>, as the file is.</summary>
    Kind,
}
