using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThanoSql.Storage.Folder;

/// <summary>
/// Objects as plain files: <c>root/bucket/key</c>. Any program may drop, overwrite and delete files there; names that begin with a dot and unfinished
/// downloads (<c>.part</c>, <c>.tmp</c>, …) are not objects, and symbolic links are not followed. Etags are made of change time, inode and size, so
/// listing and <see cref="StatAsync"/> read no content. Linux only.
/// </summary>
public sealed class FolderStore : IObjectStore
{
    // File systems stamp changes with the kernel's tick, at most 10 ms: a file changed within it could change again under the same etag.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly FolderLayout _layout;

    /// <param name="root">Holds one folder for each bucket; made when absent.</param>
    public FolderStore(string root) => _layout = new FolderLayout(root);

    /// <summary>The absolute path of the root.</summary>
    public string Root => _layout.Root;

    internal FolderLayout Layout => _layout;

    /// <inheritdoc/>
    public async Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        using (var seen = _layout.Find(path))
        {
            if (seen is null)
                return null;
            var age = DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks - seen.Status.ChangedNanoseconds / 100;
            if (age >= 0 && age < Tick.Ticks)
                await Task.Delay(Tick, cancellationToken).ConfigureAwait(false);
        }
        return FolderErrors.Translate(path, () => Open(path));
    }

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        using var found = _layout.Find(path);
        return Task.FromResult(found is null ? null : Info(path, found.Status));
    }

    /// <inheritdoc/>
    public async Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken)
    {
        using var target = FolderErrors.Translate(path, () => _layout.Prepare(path));
        using var waiting = new Place(_layout.Temporary(), Guid.NewGuid().ToString("N"));
        try
        {
            await FolderErrors.TranslateAsync(path, () => WriteFileAsync(waiting.Path, content, cancellationToken)).ConfigureAwait(false);
            return FolderErrors.Translate(path, () =>
            {
                Move(waiting, target);
                return Info(path, FileStatus.Of(target.Path) ?? throw new StoreUnavailableException($"{path} vanished while it was written."));
            });
        }
        finally
        {
            File.Delete(waiting.Path);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        while (_layout.Locate(path) is { } found)
        {
            using (found)
            {
                cancellationToken.ThrowIfCancellationRequested();
                FolderErrors.Translate(path, () => File.Delete(found.Path));
            }
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var folder = _layout.Bucket(bucket);
        using var pages = new FolderListing(folder, bucket, prefix, startAfter).Pages().GetEnumerator();
        while (await Task.Run(pages.MoveNext, cancellationToken).ConfigureAwait(false))
            yield return pages.Current;
    }

    /// <inheritdoc/>
    public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        _layout.EnsureBucket(bucket);
        RemoveLeftovers();
        return Task.CompletedTask;
    }

    // Opened through what was found, so that no link can take its place between look and open; etag and size are the opened file's own.
    private StoredObject? Open(ObjectPath path)
    {
        using var found = _layout.Find(path);
        if (found is null)
            return null;
        var stream = new FileStream(found.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
        var status = FileStatus.Of(stream.SafeFileHandle);
        return new StoredObject(Info(path, status), new AnnouncedLengthStream(stream, path, status.Size, Timeout.InfiniteTimeSpan));
    }

    private static ObjectInfo Info(ObjectPath path, FileStatus status) => new(path, status.ETag, status.Size, status.Modified);

    private static void Move(Place from, Place to)
    {
        if (TryMove(from, to))
            return;
        // A bucket on a file system of its own: the copy waits under a hidden name beside its place.
        var beside = to with { Name = $".{from.Name}" };
        try
        {
            File.Copy(from.Path, beside.Path);
            if (!TryMove(beside, to))
                throw new StoreUnavailableException($"'{to.Name}' cannot be moved into its folder.");
        }
        finally
        {
            File.Delete(beside.Path);
        }
    }

    private static bool TryMove(Place from, Place to)
    {
        if (Native.RenameAt(from.Folder.Descriptor, from.Name, to.Folder.Descriptor, to.Name) == 0)
            return true;
        return Marshal.GetLastPInvokeError() switch
        {
            Errno.OtherDevice => false,
            Errno.AccessDenied or Errno.NotPermitted => throw new UnauthorizedAccessException(),
            Errno.NameTooLong => throw new PathTooLongException(),
            var error => throw new IOException(Marshal.GetPInvokeErrorMessage(error)),
        };
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

/// <summary>Turns what the file system throws into the store's own errors.</summary>
internal static class FolderErrors
{
    public static void Translate(ObjectPath path, Action action) => Translate(path, () =>
    {
        action();
        return true;
    });

    public static T Translate<T>(ObjectPath path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (Translated(path, exception) is { } translated)
        {
            throw translated;
        }
    }

    public static async Task TranslateAsync(ObjectPath path, Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception exception) when (Translated(path, exception) is { } translated)
        {
            throw translated;
        }
    }

    private static StoreException? Translated(ObjectPath path, Exception exception) => exception switch
    {
        UnauthorizedAccessException => new StoreRefusedException($"{path}: no permission.", exception),
        PathTooLongException => new InvalidPathException($"{path}: a name has more than 255 bytes."),
        IOException => new StoreUnavailableException($"{path}: {exception.Message}", exception),
        _ => null,
    };
}
