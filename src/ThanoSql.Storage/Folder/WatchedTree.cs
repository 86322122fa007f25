namespace ThanoSql.Storage.Folder;

/// <summary>A folder with everything below it, each watched under the key prefix (<c>""</c>, <c>a/</c>, <c>a/b/</c>) that its objects have.</summary>
internal sealed class WatchedTree(Inotify inotify, string root)
{
    private readonly Dictionary<int, string> _prefixes = [];

    /// <summary>False once the root itself is gone.</summary>
    public bool IsAlive => _prefixes.ContainsValue("");

    public string? PrefixOf(int watch) => _prefixes.GetValueOrDefault(watch);

    /// <summary>Watches a folder and all below it; gives the keys of the files that are there already.</summary>
    public List<string> Add(string prefix)
    {
        var keys = new List<string>();
        Add(prefix, keys);
        return keys;
    }

    /// <summary>The folder was moved away: its watches would go on reporting under the old name.</summary>
    public void Remove(string prefix)
    {
        foreach (var (watch, watched) in _prefixes)
        {
            if (watched.StartsWith(prefix, StringComparison.Ordinal))
            {
                inotify.Forget(watch);
                _prefixes.Remove(watch);
            }
        }
    }

    public void Ended(int watch) => _prefixes.Remove(watch);

    /// <summary>A regular file; null when it is gone, something else or out of reach, which a listing reports.</summary>
    public FileStatus? FileAt(string key)
    {
        try
        {
            return FileStatus.Of(Path.Combine(root, key)) is { Kind: FileKind.File } status ? status : null;
        }
        catch (StoreRefusedException)
        {
            return null;
        }
    }

    // First the watch, then the look inside: what appears between the two is seen twice, not never.
    private void Add(string prefix, List<string> keys)
    {
        var folder = Path.Combine(root, prefix);
        if (inotify.Watch(folder) is not { } watch)
            return;
        _prefixes[watch] = prefix;
        foreach (var (name, isFolder) in Entries(folder))
        {
            if (!FileNames.IsObject(name))
                continue;
            if (isFolder)
                Add($"{prefix}{name}/", keys);
            else
                keys.Add(prefix + name);
        }
    }

    private static List<(string Name, bool IsFolder)> Entries(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => entry.LinkTarget is null)
                .Select(entry => (entry.Name, entry is DirectoryInfo))];
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
