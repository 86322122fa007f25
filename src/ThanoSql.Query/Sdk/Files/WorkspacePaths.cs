namespace ThanoSql.Query.Sdk.Files;

/// <summary>Paths as the SDK writes them: objects of the workspace and of no other bucket.</summary>
internal sealed class WorkspacePaths(IOptions<SqlOptions> sql)
{
    /// <summary>The folder that the older addresses keep to.</summary>
    public const string Drive = "drive";

    public string Bucket => sql.Value.Workspace;

    /// <param name="text">Relative to the workspace, or below its home.</param>
    /// <exception cref="InvalidPathException">It is no path; one that takes a detour (<c>..</c>) is none.</exception>
    /// <exception cref="QueryException">It is in another bucket.</exception>
    public ObjectPath Of(string text)
    {
        var path = StorePath.Parse(text, Bucket);
        return path.Bucket == Bucket
            ? path
            : throw new QueryException(
                ErrorCode.PermissionDenied, $"'{text}' is not in the workspace.", hint: "/api/v1/images reaches pictures of other buckets.");
    }

    /// <exception cref="InvalidPathException">It is no path.</exception>
    /// <exception cref="QueryException">It is not below <c>drive/</c>.</exception>
    public ObjectPath OfDrive(string? text)
    {
        var path = Of(text ?? "");
        return path.Key.StartsWith(Drive + "/", StringComparison.Ordinal)
            ? path
            : throw new QueryException(ErrorCode.BadRequest, $"'{text}' is not below '{Drive}/'.", hint: $"For example: {Drive}/image/1.jpg");
    }

    /// <summary>A file that is sent into a folder.</summary>
    /// <param name="folder">Empty for the workspace itself; one slash at either end does not matter.</param>
    /// <param name="name">Of the file.</param>
    /// <exception cref="InvalidPathException">They make no path.</exception>
    /// <exception cref="QueryException">The name is no name, or they are in another bucket.</exception>
    public ObjectPath In(string folder, string name)
    {
        if (name.AsSpan().IndexOfAny("/\\\uFFFD\0") >= 0)
            throw new QueryException(ErrorCode.BadRequest, $"'{name}' is no file name in UTF-8.", hint: "Name the folder in the address.");
        return Of(Trimmed(folder) is { Length: > 0 } below ? $"{below}/{name}" : name);
    }

    /// <summary>Without one slash at either end.</summary>
    public static string Trimmed(string folder)
    {
        var from = folder.StartsWith('/') ? 1 : 0;
        return folder.EndsWith('/') && folder.Length > from ? folder[from..^1] : folder[from..];
    }
}
