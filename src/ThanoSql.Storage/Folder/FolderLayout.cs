using System.Runtime.InteropServices;

namespace ThanoSql.Storage.Folder;

/// <summary>
/// Where objects lie below the root: <c>root/bucket/key</c>. Symbolic links are never followed, buckets' folders included, so no path leads out of
/// the root or from one bucket into another. Hard links and mounts are followed: only somebody who may read the file can make either.
/// </summary>
internal sealed class FolderLayout
{
    private const string TemporaryName = ".thanosql-tmp";
    private const int AllMayTry = 0x1FF; // 0777: the process' umask takes away what it should

    public FolderLayout(string root)
    {
        Directory.CreateDirectory(root);
        Root = Path.GetFullPath(root);
    }

    public string Root { get; }

    /// <exception cref="BucketNotFoundException">There is no such folder.</exception>
    /// <exception cref="StoreRefusedException">It is a link.</exception>
    public Entry Bucket(string bucket)
    {
        BucketName.Check(bucket);
        using var root = Entry.Root(Root);
        return OnlyFolder(root.Find(bucket) ?? throw new BucketNotFoundException(bucket), bucket);
    }

    /// <summary>Makes the folder of a bucket unless it exists.</summary>
    /// <exception cref="StoreRefusedException">It is a link or a file.</exception>
    public void EnsureBucket(string bucket)
    {
        BucketName.Check(bucket);
        using var root = Entry.Root(Root);
        EnsureFolder(root, bucket).Dispose();
    }

    /// <summary>Where files are written before they take their place: beside the buckets, and never a valid bucket name.</summary>
    public Entry Temporary()
    {
        using var root = Entry.Root(Root);
        return EnsureFolder(root, TemporaryName);
    }

    /// <summary>The file of an object under whichever spelling it has, to be disposed by the caller; null when there is none.</summary>
    /// <exception cref="StoreRefusedException">A link or a device is in the way.</exception>
    public Entry? Find(ObjectPath path)
    {
        if (Unusable(path) is not null)
            return null;
        using var root = Entry.Root(Root);
        if (Named(path, () => OnlyFile(root.Find($"{path.Bucket}/{path.Key}"), path.Key)) is { } found)
            return found;
        if (path.Key.All(char.IsAscii))
            return null;
        using var place = Locate(path);
        return place is null ? null : Named(path, () => OnlyFile(place.Folder.Find(place.Name), path.Key));
    }

    /// <summary>A regular file by its name on disk; null for anything else.</summary>
    /// <exception cref="StoreRefusedException">A link is in the way.</exception>
    public FileStatus? FileAt(string bucket, string key)
    {
        using var root = Entry.Root(Root);
        using var found = root.Find($"{bucket}/{key}");
        return found is { Status: { Kind: FileKind.File } status } ? status : null;
    }

    /// <summary>Where an object lies; null when there is none.</summary>
    public Place? Locate(ObjectPath path)
    {
        if (Unusable(path) is not null)
            return null;
        using var root = Entry.Root(Root);
        return Named(path, () =>
        {
            var place = root.Find(path.Bucket) is { } bucket ? Walk(path, OnlyFolder(bucket, path.Bucket), make: null) : null;
            using var file = OnlyFile(place?.Folder.Find(place.Name), path.Key);
            if (file is null)
                place?.Dispose();
            return file is null ? null : place;
        });
    }

    /// <summary>Where to write an object: over an existing file of either spelling, and below folders that are made as needed.</summary>
    public Place Prepare(ObjectPath path)
    {
        if (Unusable(path) is { } unusable)
            throw new InvalidPathException($"{path}: '{unusable}' is a hidden or temporary name, which a folder store does not keep.");
        return Named(path, () =>
        {
            var place = Walk(path, Bucket(path.Bucket), EnsureFolder)!;
            using var last = place.Folder.Find(place.Name);
            if (last is null or { Status.Kind: FileKind.File })
                return place;
            place.Dispose();
            throw last.IsFolder ? new InvalidPathException($"{path} is a folder: name a file in it.") : Entry.NotFollowed(path.Key);
        });
    }

    // From folder to folder, each under whichever spelling it has, to the last name of a key. Null where a folder is missing and none is made.
    private static Place? Walk(ObjectPath path, Entry bucket, Func<Entry, string, Entry>? make)
    {
        var names = path.Key.Split('/');
        var folder = bucket;
        foreach (var name in names[..^1])
        {
            using var above = folder;
            var next = above.Find(SpellingIn(above, name)) ?? make?.Invoke(above, name);
            if (next is null)
                return null;
            if (make is null && next.Status.Kind == FileKind.File)
            {
                next.Dispose();
                return null;
            }
            folder = OnlyFolder(next, path.Key);
        }
        return new Place(folder, SpellingIn(folder, names[^1]));
    }

    private static string SpellingIn(Entry folder, string name)
    {
        foreach (var spelling in ObjectPath.Spellings(name))
        {
            using var found = folder.Find(spelling);
            if (found is not null)
                return spelling;
        }
        return name;
    }

    private static string? Unusable(ObjectPath path) => path.Key.Split('/').FirstOrDefault(name => !FileNames.IsObject(name));

    private static Entry? OnlyFile(Entry? found, string key)
    {
        if (found is null or { Status.Kind: FileKind.File })
            return found;
        using (found)
            return found.IsFolder ? null : throw Entry.NotFollowed(key);
    }

    private static Entry OnlyFolder(Entry found, string name)
    {
        if (found.IsFolder)
            return found;
        using (found)
        {
            throw found.Status.Kind == FileKind.File
                ? new BlockedPathException($"'{name}': a folder of the name is needed, and there is a file.")
                : Entry.NotFollowed(name);
        }
    }

    private static Entry EnsureFolder(Entry above, string name)
    {
        if (Native.MakeDirectoryAt(above.Descriptor, name, AllMayTry) != 0 && Marshal.GetLastPInvokeError() is not Errno.Exists and var error)
            throw FolderErrors.Of($"The folder '{name}'", error);
        return OnlyFolder(above.Find(name) ?? throw new StoreUnavailableException($"The folder '{name}' vanished."), name);
    }

    private static T Named<T>(ObjectPath path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (StoreRefusedException refused) when (refused is not InvalidPathException)
        {
            throw refused switch
            {
                BlockedPathException => new BlockedPathException($"{path}: {refused.Message}", refused),
                AccessDeniedException => new AccessDeniedException($"{path}: {refused.Message}", refused),
                _ => new StoreRefusedException($"{path}: {refused.Message}", refused),
            };
        }
    }
}

/// <summary>A name in a folder that is held open, so that nobody can put a link in its way.</summary>
internal sealed record Place(Entry Folder, string Name) : IDisposable
{
    /// <summary>For calls that do not follow the last name.</summary>
    public string Path => $"{Folder.Path}/{Name}";

    public void Dispose() => Folder.Dispose();
}

/// <summary>Which names in a folder are objects.</summary>
internal static class FileNames
{
    private static readonly string[] Unfinished = [".part", ".partial", ".crdownload", ".tmp", "~"];

    /// <summary>
    /// Hidden files and the half-written ones of rsync, browsers and editors are not objects: they are neither listed nor reported.
    /// </summary>
    public static bool IsObject(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name[0] == '.')
            return false;
        foreach (var suffix in Unfinished)
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                return false;
        }
        return true;
    }
}
