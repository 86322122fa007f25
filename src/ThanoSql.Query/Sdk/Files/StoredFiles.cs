namespace ThanoSql.Query.Sdk.Files;

/// <summary>Stores what the SDK sends: pictures as our own addresses do, and CSV files for COPY.</summary>
internal sealed class StoredFiles(Uploads uploads, IObjectStore store, PictureRemoval removal, WorkspacePaths paths)
{
    private const string Table = ".csv";

    /// <param name="path">Where to.</param>
    /// <param name="content">From its beginning.</param>
    /// <param name="onlyNew">Whether a file that is there stays.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <exception cref="ThanoSql.Vision.Imaging.ImageRejectedException">It is neither a picture nor called a CSV file.</exception>
    /// <exception cref="QueryException">There is such a file already, or it is too large.</exception>
    public async Task<ObjectInfo> StoreAsync(ObjectPath path, MemoryStream content, bool onlyNew, CancellationToken cancellationToken)
    {
        if (!path.Key.EndsWith(Table, StringComparison.OrdinalIgnoreCase))
            return await StorePictureAsync(path, content, onlyNew, cancellationToken);
        await store.EnsureBucketAsync(path.Bucket, cancellationToken);
        return onlyNew
            ? await store.WriteNewAsync(path, content, ResultCsv.ContentType, cancellationToken) ?? throw Taken(path)
            : await store.WriteAsync(path, content, ResultCsv.ContentType, cancellationToken);
    }

    /// <exception cref="QueryException">There is none.</exception>
    public async Task<ObjectInfo> FindAsync(ObjectPath path, CancellationToken cancellationToken) =>
        await store.StatAsync(path, cancellationToken) ?? throw Missing(path.Key);

    /// <summary>To be disposed when it was sent.</summary>
    /// <exception cref="QueryException">There is none.</exception>
    public async Task<StoredObject> OpenAsync(ObjectPath path, CancellationToken cancellationToken) =>
        await store.OpenReadAsync(path, cancellationToken) ?? throw Missing(path.Key);

    /// <exception cref="QueryException">There is none.</exception>
    public async Task RemoveAsync(ObjectPath path, ApiToken by, CancellationToken cancellationToken)
    {
        await FindAsync(path, cancellationToken);
        await removal.RemoveAsync(path, by, cancellationToken);
    }

    public static QueryException Missing(string path) => new(ErrorCode.NotFound, $"There is no file '{path}' in the workspace.");

    private async Task<ObjectInfo> StorePictureAsync(ObjectPath path, MemoryStream content, bool onlyNew, CancellationToken cancellationToken)
    {
        if (content.Length > uploads.Most)
            throw uploads.TooLarge();
        try
        {
            return (await uploads.StoreAsync(StorePath.Format(path, paths.Bucket), content, onlyNew, cancellationToken)).Stored;
        }
        catch (QueryException there) when (there.Code == ErrorCode.PreconditionFailed)
        {
            throw Taken(path);
        }
    }

    private static QueryException Taken(ObjectPath path) => new(ErrorCode.AlreadyExists, $"There is a file '{path.Key}' already.");
}
