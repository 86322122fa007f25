using System.Runtime.CompilerServices;

namespace ThanoSql.Storage.Folder;

/// <summary>
/// Objects as plain files: <c>root/bucket/key</c>. Any program may drop, overwrite and delete files there; names that begin with a dot and unfinished
/// downloads (<c>.part</c>, <c>.tmp</c>, …) are not objects, and symbolic links are not followed. Etags are made of change time, inode and size, so
/// listing and <see cref="StatAsync"/> read no content. Linux only.
/// </summary>
public sealed class FolderStore : IObjectStore, IMarkedStore
{
    // File systems stamp changes with the kernel's tick, at most 10 ms: a file changed within it could change again under the same etag.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly FolderLayout _layout;
    private readonly FolderPatience _patience;

    /// <param name="root">Holds one folder for each bucket; made when absent.</param>
    /// <param name="timeout">How long the file system may take for an answer; null for <see cref="DefaultTimeout"/>.</param>
    public FolderStore(string root, TimeSpan? timeout = null) =>
        (_layout, _patience) = (new FolderLayout(root), new FolderPatience(timeout ?? DefaultTimeout));

    /// <summary>30 s, as for an S3 server.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The absolute path of the root.</summary>
    public string Root => _layout.Root;

    internal FolderLayout Layout => _layout;

    /// <inheritdoc/>
    public async Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        if (await _patience.RunAsync(path, () => StatusOf(path), cancellationToken).ConfigureAwait(false) is not { } seen)
            return null;
        var age = DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks - seen.ChangedNanoseconds / 100;
        if (age >= 0 && age < Tick.Ticks)
            await Task.Delay(Tick, cancellationToken).ConfigureAwait(false);
        return await _patience.RunAsync(path, () => Open(path), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) =>
        await _patience.RunAsync(path, () => StatusOf(path), cancellationToken).ConfigureAwait(false) is { } status ? Info(path, status) : null;

    /// <inheritdoc/>
    public async Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        (await WriteAsync(path, content, replace: true, cancellationToken).ConfigureAwait(false))!;

    /// <inheritdoc/>
    public async Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        await StatAsync(path, cancellationToken).ConfigureAwait(false) is null
            ? await WriteAsync(path, content, replace: false, cancellationToken).ConfigureAwait(false)
            : null;

    /// <inheritdoc/>
    public async Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken) => await _patience.RunAsync(path, () =>
    {
        while (_layout.Locate(path) is { } found)
        {
            using (found)
            {
                cancellationToken.ThrowIfCancellationRequested();
                File.Delete(found.Path);
            }
        }
        return true;
    }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listing = new FolderListing(() => _layout.Bucket(bucket), bucket, prefix, startAfter);
        var pages = listing.Pages().GetEnumerator(); // not disposed here: a call that hangs is still inside
        while (await _patience.RunListingAsync(bucket, pages.MoveNext, cancellationToken).ConfigureAwait(false))
            yield return pages.Current;
    }

    /// <inheritdoc/>
    public async Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) => await _patience.RunAsync(bucket, () =>
    {
        _layout.EnsureBucket(bucket);
        RemoveLeftovers();
        return true;
    }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Guid?> ReadMarkerAsync(string bucket, CancellationToken cancellationToken) => _patience.RunAsync<Guid?>(bucket, () =>
    {
        using var folder = _layout.Bucket(bucket);
        using var marker = folder.Find(BucketMarker.Key);
        if (marker is null)
            return null;
        if (marker.Status is not { Kind: FileKind.File, Size: <= BucketMarker.MaxBytes })
            throw Entry.NotFollowed(BucketMarker.Key);
        return BucketMarker.Parse(bucket, File.ReadAllBytes(marker.Path));
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task WriteMarkerAsync(string bucket, Guid id, CancellationToken cancellationToken) => await _patience.RunAsync(bucket, () =>
    {
        using var place = new Place(_layout.Bucket(bucket), BucketMarker.Key);
        var beside = place with { Name = $"{BucketMarker.Key}-{id:N}" };
        using (var file = new FileStream(beside.Path, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            file.Write(BucketMarker.Format(id));
            file.Flush(flushToDisk: true);
        }
        return FileMove.Run(bucket, beside, place, replace: true);
    }, cancellationToken).ConfigureAwait(false);

    private FileStatus? StatusOf(ObjectPath path)
    {
        using var found = _layout.Find(path);
        return found?.Status;
    }

    // Opened through what was found, so that no link can take its place between look and open; etag and size are the opened file's own.
    private StoredObject? Open(ObjectPath path)
    {
        using var found = _layout.Find(path);
        if (found is null)
            return null;
        var stream = new FileStream(found.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
        var status = FileStatus.Of(stream.SafeFileHandle);
        return new StoredObject(Info(path, status), new AnnouncedLengthStream(stream, path, status.Size, _patience.Timeout));
    }

    private static ObjectInfo Info(ObjectPath path, FileStatus status) => new(path, status.ETag, status.Size, status.Modified);

    private async Task<ObjectInfo?> WriteAsync(ObjectPath path, Stream content, bool replace, CancellationToken cancellationToken)
    {
        using var target = await _patience.RunAsync(path, () => _layout.Prepare(path), cancellationToken).ConfigureAwait(false);
        using var waiting = new Place(_layout.Temporary(), Guid.NewGuid().ToString("N"));
        try
        {
            await FolderErrors.TranslateAsync(path, () => WriteFileAsync(waiting.Path, content, cancellationToken)).ConfigureAwait(false);
            return FolderErrors.Translate(path, () => FileMove.Run(path, waiting, target, replace)
                ? Info(path, FileStatus.Of(target.Path) ?? throw new StoreUnavailableException($"{path} vanished while it was written."))
                : null);
        }
        finally
        {
            File.Delete(waiting.Path);
        }
    }

    private static async Task WriteFileAsync(string file, Stream content, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, useAsync: true);
        await content.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
    }

    // What a killed process left behind.
    private void RemoveLeftovers()
    {
        using var temporary = _layout.Temporary();
        foreach (var file in Directory.EnumerateFiles(temporary.Path))
        {
            if (File.GetLastWriteTimeUtc(file) < DateTime.UtcNow.AddDays(-1))
                File.Delete(file);
        }
    }
}
