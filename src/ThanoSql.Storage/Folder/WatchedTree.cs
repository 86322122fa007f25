namespace ThanoSql.Storage.Folder;

/// <summary>A folder with everything below it, each watched under the key prefix (<c>""</c>, <c>a/</c>, <c>a/b/</c>) that its objects have.</summary>
internal sealed class WatchedTree(Inotify inotify, FolderLayout layout, string bucket)
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
            return layout.FileAt(bucket, key);
        }
        catch (StoreRefusedException)
        {
            return null;
        }
    }

    private void Add(string prefix, List<string> keys)
    {
        using var folder = FolderAt(prefix);
        if (folder is not null)
            Add(folder, prefix, keys);
    }

    // First the watch, then the look inside: what appears between the two is seen twice, not never.
    private void Add(Entry folder, string prefix, List<string> keys)
    {
        if (!folder.IsFolder || inotify.Watch(folder) is not { } watch)
            return;
        _prefixes[watch] = prefix;
        foreach (var (name, isFolder) in Entries(folder))
        {
            if (!FileNames.IsObject(name))
                continue;
            if (!isFolder)
            {
                keys.Add(prefix + name);
                continue;
            }
            using var below = folder.Find(name);
            if (below is not null)
                Add(below, $"{prefix}{name}/", keys);
        }
    }

    private Entry? FolderAt(string prefix)
    {
        try
        {
            using var root = Entry.Root(layout.Root);
            return root.Find($"{bucket}/{prefix}".TrimEnd('/'));
        }
        catch (StoreRefusedException)
        {
            return null;
        }
    }

    private static List<(string Name, bool IsFolder)> Entries(Entry folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder.Path).EnumerateFileSystemInfos().Where(entry => entry.LinkTarget is null)
                .Select(entry => (entry.Name, entry is DirectoryInfo))];
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

/// <summary>
/// Files found in a folder that appeared with them. Nothing tells whether they are still being written, so each waits until it has not
/// changed for a moment; one that is written more slowly is reported again when its writer closes it.
/// </summary>
internal sealed class SettlingFiles(WatchedTree tree)
{
    private const long QuietNanoseconds = 300_000_000;

    private readonly HashSet<string> _keys = [];

    public void Add(IEnumerable<string> keys) => _keys.UnionWith(keys);

    /// <summary>A second name for an existing file is created complete and never closed.</summary>
    public void AddIfHardLink(string key)
    {
        if (tree.FileAt(key) is { Links: > 1 })
            _keys.Add(key);
    }

    /// <summary>The keys whose files have come to rest; those that are gone again are forgotten.</summary>
    public List<string> TakeComplete()
    {
        var complete = new List<string>();
        foreach (var key in _keys)
        {
            if (tree.FileAt(key) is not { } status)
            {
                _keys.Remove(key);
            }
            else if (IsQuiet(status))
            {
                complete.Add(key);
                _keys.Remove(key);
            }
        }
        return complete;
    }

    // A clock that was set back must not keep a file waiting.
    private static bool IsQuiet(FileStatus status)
    {
        var age = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100 - status.ChangedNanoseconds;
        return age is < 0 or > QuietNanoseconds;
    }
}
