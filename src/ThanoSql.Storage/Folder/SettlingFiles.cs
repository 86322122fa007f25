namespace ThanoSql.Storage.Folder;

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
