using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThanoSql.Storage.Folder;

/// <summary>
/// Linux's own notifications of changes in folders (inotify(7)). <see cref="FileSystemWatcher"/> hides the two facts that matter here:
/// that a file was closed after writing, and that a whole folder moved.
/// </summary>
internal sealed class Inotify : IDisposable
{
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000, HeaderSize = 16;
    private const int NoSpace = 28, TooManyFiles = 24;
    private const short Readable = 1;
    private const uint OnlyDirectories = 0x01000000, ExcludeUnlinked = 0x04000000;

    private readonly SafeFileHandle _handle;
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <exception cref="WatchLimitException">Too many watchers run on this machine.</exception>
    /// <exception cref="StoreUnavailableException">Nothing can be watched at all.</exception>
    public Inotify()
    {
        var descriptor = Native.InotifyInit(NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            throw Marshal.GetLastPInvokeError() == TooManyFiles
                ? Limit("max_user_instances", 1024)
                : new StoreUnavailableException("No folder can be watched.", new Win32Exception());
        }
        _handle = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>The number that events of this folder carry; null when it is no folder (any more) or may not be read.</summary>
    public int? Watch(Entry folder)
    {
        const Change changes = Change.ClosedAfterWriting | Change.MovedFrom | Change.MovedTo | Change.Created | Change.Deleted;
        var watch = Native.InotifyAddWatch(Descriptor, folder.Path, (uint)changes | OnlyDirectories | ExcludeUnlinked);
        if (watch >= 0)
            return watch;
        return Marshal.GetLastPInvokeError() switch
        {
            Errno.NoEntry or Errno.NotADirectory or Errno.AccessDenied => null,
            NoSpace => throw Limit("max_user_watches", 1_048_576), // one for each folder
            _ => throw new StoreUnavailableException("A folder cannot be watched.", new Win32Exception()),
        };
    }

    public void Forget(int watch) => _ = Native.InotifyRemoveWatch(Descriptor, watch); // fails only when the kernel forgot it first

    /// <summary>What happened since the last call; empty after <paramref name="limit"/> without anything.</summary>
    public IReadOnlyList<FolderChange> Read(TimeSpan limit)
    {
        var request = new Native.PollRequest { Descriptor = Descriptor, Events = Readable };
        if (Native.Poll(ref request, 1, (int)limit.TotalMilliseconds) <= 0)
            return [];
        var length = (int)Native.Read(Descriptor, _buffer, _buffer.Length);
        if (length >= 0)
            return Parse(_buffer.AsSpan(0, length));
        return Marshal.GetLastPInvokeError() is Errno.Again or Errno.Interrupted
            ? []
            : throw new StoreUnavailableException("The folder watch broke.", new Win32Exception());
    }

    public void Dispose() => _handle.Dispose();

    private static WatchLimitException Limit(string setting, int enough)
    {
        var cause = new Win32Exception();
        var text = File.ReadAllText($"/proc/sys/fs/inotify/{setting}").Trim();
        var now = long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;
        var more = Math.Max(enough, 2 * now).ToString(CultureInfo.InvariantCulture);
        return new WatchLimitException(
            $"Linux's limit fs.inotify.{setting}={text} is used up. Raise it as root: 'sysctl -w fs.inotify.{setting}={more}', "
            + "and in a file of /etc/sysctl.d for the next start of the machine.",
            cause);
    }

    // struct inotify_event: int wd; uint32_t mask, cookie, len; char name[len], padded with NUL.
    private static List<FolderChange> Parse(ReadOnlySpan<byte> bytes)
    {
        var changes = new List<FolderChange>();
        while (!bytes.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
            var name = bytes.Slice(HeaderSize, length);
            var end = name.IndexOf((byte)0);
            changes.Add(new FolderChange(
                BinaryPrimitives.ReadInt32LittleEndian(bytes),
                (Change)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
                Encoding.UTF8.GetString(end < 0 ? name : name[..end])));
            bytes = bytes[(HeaderSize + length)..];
        }
        return changes;
    }
}

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
