namespace ThanoSql.Storage.Folder;

/// <summary>Where objects lie below the root: <c>root/bucket/key</c>. Symbolic links are never followed, so no path leads out of the root.</summary>
internal sealed class FolderLayout
{
    public FolderLayout(string root)
    {
        Directory.CreateDirectory(root);
        Root = Path.GetFullPath(root);
        Temporary = Path.Combine(Root, ".thanosql-tmp");
    }

    public string Root { get; }

    /// <summary>Beside the buckets, on the same file system, and never a valid bucket name.</summary>
    public string Temporary { get; }

    /// <exception cref="BucketNotFoundException">There is no such folder.</exception>
    public string Bucket(string bucket)
    {
        BucketName.Check(bucket);
        var directory = Path.Combine(Root, bucket);
        return FileStatus.Of(directory)?.Kind == FileKind.Directory ? directory : throw new BucketNotFoundException(bucket);
    }

    /// <summary>The file of an object under whichever spelling it has; null when there is none.</summary>
    public FoundFile? Find(ObjectPath path)
    {
        var place = Path.Combine(Root, path.Bucket);
        foreach (var name in path.Key.Split('/'))
        {
            if (!FileNames.IsObject(name) || FindEntry(path, place, name) is not { } entry)
                return null;
            place = entry;
        }
        return FileStatus.Of(place) is { Kind: FileKind.File } status ? new FoundFile(place, status) : null;
    }

    /// <summary>Where to write an object: over an existing file of either spelling, and below folders that are made as needed.</summary>
    public string Prepare(ObjectPath path)
    {
        var place = Bucket(path.Bucket);
        var names = path.Key.Split('/');
        if (names.FirstOrDefault(name => !FileNames.IsObject(name)) is { } unusable)
            throw new InvalidPathException($"{path}: '{unusable}' is a hidden or temporary name, which a folder store does not keep.");
        foreach (var name in names)
            place = FindEntry(path, place, name) ?? Path.Combine(place, name);
        if (Directory.Exists(place))
            throw new InvalidPathException($"{path} is a folder: name a file in it.");
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        return place;
    }

    private static string? FindEntry(ObjectPath path, string directory, string name)
    {
        foreach (var spelling in ObjectPath.Spellings(name))
        {
            var entry = Path.Combine(directory, spelling);
            if (FileStatus.Of(entry) is { } status)
                return status.Kind is FileKind.File or FileKind.Directory ? entry : throw Refused(path, entry);
        }
        return null;
    }

    private static StoreRefusedException Refused(ObjectPath path, string entry) =>
        new($"{path}: '{entry}' is a symbolic link or a device, which the folder store does not follow.");
}

/// <param name="File">The absolute path on disk.</param>
/// <param name="Status">Of that file.</param>
internal sealed record FoundFile(string File, FileStatus Status)
{
    public ObjectInfo ToInfo(ObjectPath path) => new(path, Status.ETag, Status.Size, Status.Modified);
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
