using System.Runtime.CompilerServices;

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

    private const int OpenAttempts = 10;

    private readonly FolderLayout _layout;

    /// <param name="root">Holds one folder for each bucket; made when absent.</param>
    public FolderStore(string root) => _layout = new FolderLayout(root);

    /// <summary>The absolute path of the root.</summary>
    public string Root => _layout.Root;

    internal FolderLayout Layout => _layout;

    /// <inheritdoc/>
    public async Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        if (_layout.Find(path) is not { } seen)
            return null;
        var age = DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks - seen.Status.ChangedNanoseconds / 100;
        if (age >= 0 && age < Tick.Ticks)
            await Task.Delay(Tick, cancellationToken).ConfigureAwait(false);

        return FolderErrors.Translate(path, () => Open(path));
    }

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) =>
        Task.FromResult(_layout.Find(path)?.ToInfo(path));

    /// <inheritdoc/>
    public async Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken)
    {
        var target = FolderErrors.Translate(path, () => _layout.Prepare(path));
        Directory.CreateDirectory(_layout.Temporary);
        var temporary = Path.Combine(_layout.Temporary, Guid.NewGuid().ToString("N"));
        try
        {
            await FolderErrors.TranslateAsync(path, () => WriteFileAsync(temporary, content, cancellationToken)).ConfigureAwait(false);
            return FolderErrors.Translate(path, () =>
            {
                File.Move(temporary, target, overwrite: true);
                return new FoundFile(target, FileStatus.Of(target) ?? throw new StoreUnavailableException($"{path} vanished while it was written."))
                    .ToInfo(path);
            });
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        while (_layout.Find(path) is { } found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FolderErrors.Translate(path, () => File.Delete(found.File));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var pages = new FolderListing(_layout.Bucket(bucket), bucket, prefix, startAfter).Pages().GetEnumerator();
        while (await Task.Run(pages.MoveNext, cancellationToken).ConfigureAwait(false))
            yield return pages.Current;
    }

    /// <inheritdoc/>
    public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        BucketName.Check(bucket);
        Directory.CreateDirectory(Path.Combine(_layout.Root, bucket));
        RemoveLeftovers();
        return Task.CompletedTask;
    }

    // The etag and size are the opened file's own; an entry exchanged between looking and opening (for a link, perhaps) is looked at again.
    private StoredObject? Open(ObjectPath path)
    {
        for (var attempt = 0; attempt < OpenAttempts; attempt++)
        {
            if (_layout.Find(path) is not { } seen)
                return null;
            var stream = TryOpen(seen.File);
            if (stream is not null && FileStatus.Of(stream.SafeFileHandle) is { Kind: FileKind.File } status && status.Inode == seen.Status.Inode)
            {
                return new StoredObject(
                    (seen with { Status = status }).ToInfo(path), new AnnouncedLengthStream(stream, path, status.Size, Timeout.InfiniteTimeSpan));
            }

            stream?.Dispose();
        }
        throw new StoreUnavailableException($"{path} is being replaced again and again.");
    }

    private static FileStream? TryOpen(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
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
        if (!Directory.Exists(_layout.Temporary))
            return;
        foreach (var file in Directory.EnumerateFiles(_layout.Temporary))
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
        UnauthorizedAccessException => new StoreRefusedException($"{path}: no permission. {exception.Message}", exception),
        PathTooLongException => new InvalidPathException($"{path}: a name has more than 255 bytes."),
        IOException => new StoreUnavailableException($"{path}: {exception.Message}", exception),
        _ => null,
    };
}
