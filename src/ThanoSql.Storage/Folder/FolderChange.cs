namespace ThanoSql.Storage.Folder;

/// <param name="Watch">The number of the folder; -1 when the queue ran over.</param>
/// <param name="Change">What happened.</param>
/// <param name="Name">The entry in that folder to which it happened; empty for the folder itself.</param>
internal readonly record struct FolderChange(int Watch, Change Change, string Name)
{
    public bool Is(Change change) => (Change & change) != 0;
}

/// <summary>The bits of inotify(7) that are used.</summary>
[Flags]
internal enum Change : uint
{
    ClosedAfterWriting = 0x8,
    MovedFrom = 0x40,
    MovedTo = 0x80,
    Created = 0x100,
    Deleted = 0x200,
    QueueOverflow = 0x4000,
    WatchEnded = 0x8000,
    Directory = 0x40000000,
}
