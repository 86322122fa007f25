using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThanoSql.Storage.Folder;

/// <summary>What Linux says of a directory entry, links not followed; .NET tells neither the inode nor the time of the last change.</summary>
internal readonly record struct FileStatus(FileKind Kind, long Size, ulong Inode, uint Links, DateTimeOffset Modified, long ChangedNanoseconds)
{
    private const int CurrentDirectory = -100, DoNotFollow = 0x100, EmptyPath = 0x1000, BasicStats = 0x7ff;

    /// <summary>
    /// Change time, inode and size: no content is read, so a sweep of a million files is cheap. The kernel sets the change time itself;
    /// tools that keep modification times (<c>cp -p</c>, <c>rsync -t</c>) cannot hide an overwrite. A <c>chmod</c> costs one needless re-read.
    /// </summary>
    public string ETag => $"{ChangedNanoseconds:x}-{Inode:x}-{Size:x}";

    /// <summary>Null when nothing is there.</summary>
    /// <exception cref="AccessDeniedException">A folder above may not be entered.</exception>
    /// <exception cref="StoreUnavailableException">The disk or network file system failed.</exception>
    public static FileStatus? Of(string file) => Of(CurrentDirectory, file);

    /// <summary>One name in a folder that is held open.</summary>
    public static FileStatus? Of(Entry folder, string name) => Of(folder.Descriptor, name);

    private static FileStatus? Of(int directory, string file)
    {
        if (Native.Statx(directory, file, DoNotFollow, BasicStats, out var status) == 0)
            return From(status);
        return Marshal.GetLastPInvokeError() switch
        {
            Errno.NoEntry or Errno.NotADirectory or Errno.NameTooLong => null,
            Errno.AccessDenied => throw new AccessDeniedException($"No permission to look at '{Path.GetFileName(file)}'."),
            var error => throw new StoreUnavailableException(
                $"'{Path.GetFileName(file)}' cannot be examined: {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    /// <summary>Of an open file, which may no longer have a name.</summary>
    public static FileStatus Of(SafeFileHandle handle) =>
        Native.Statx((int)handle.DangerousGetHandle(), "", EmptyPath, BasicStats, out var status) == 0
            ? From(status)
            : throw new StoreUnavailableException($"An open file cannot be examined: {Marshal.GetLastPInvokeErrorMessage()}.");

    private static FileStatus From(in Native.Status status) => new(
        (status.Mode & 0xF000) switch { 0x8000 => FileKind.File, 0x4000 => FileKind.Directory, 0xA000 => FileKind.Link, _ => FileKind.Other },
        (long)status.Size,
        status.Inode,
        status.Links,
        DateTimeOffset.FromUnixTimeSeconds(status.ModifiedSeconds).AddTicks(status.ModifiedNanoseconds / 100),
        status.ChangedSeconds * 1_000_000_000 + status.ChangedNanoseconds);
}

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, socket or device: opening one could block for ever.</summary>
    Other,
}
