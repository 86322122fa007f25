using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThanoSql.Storage.Folder;

/// <summary>
/// A file or folder below the store's root, held by the kernel: whatever happens to its name or to a folder above it, this stays what was found.
/// It is reached without following a symbolic link anywhere below the root, by openat2(2), or name by name where the kernel or a sandbox lacks it.
/// </summary>
internal sealed class Entry : IDisposable
{
    private const int PathOnly = 0x200000, DoNotFollow = 0x20000, CloseOnExec = 0x80000;
    private const int CurrentDirectory = -100;

    // struct open_how: without links of any kind, and never above the folder it begins at
    private const ulong NoMagicLinks = 0x02, NoSymbolicLinks = 0x04, Beneath = 0x08;

    private static volatile bool _knowsOpenat2 = true;

    private readonly SafeFileHandle _handle;

    private Entry(SafeFileHandle handle)
    {
        _handle = handle;
        Status = FileStatus.Of(handle);
    }

    public FileStatus Status { get; }

    public bool IsFolder => Status.Kind == FileKind.Directory;

    /// <summary>A path that leads to just this, for calls that take paths only (proc(5)); valid until this is disposed.</summary>
    public string Path => $"/proc/self/fd/{Descriptor}";

    public int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>The store's root itself, which may be a link: whoever runs the service chose it.</summary>
    /// <exception cref="StoreUnavailableException">There is no such folder.</exception>
    public static Entry Root(string folder)
    {
        var descriptor = Native.OpenAt(CurrentDirectory, folder, PathOnly | CloseOnExec, 0);
        return descriptor >= 0
            ? new Entry(new SafeFileHandle(descriptor, ownsHandle: true))
            : throw new StoreUnavailableException(
                $"The store's folder (Storage:Folder:Root) cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>What lies below this folder, a link itself where the last name is one; null when there is nothing.</summary>
    /// <param name="path">One name or several, spelled as on disk.</param>
    /// <exception cref="StoreRefusedException">A name above the last is a symbolic link or may not be entered.</exception>
    /// <exception cref="StoreUnavailableException">The disk or network file system failed.</exception>
    public Entry? Find(string path)
    {
        if (!path.Contains('/'))
            return Step(path);
        return _knowsOpenat2 && FindAtOnce(path, out var found) ? found : FindStepwise(path);
    }

    /// <summary>For tests: what a kernel before 5.6 would do.</summary>
    internal Entry? FindStepwise(string path)
    {
        var place = this;
        foreach (var name in path.Split('/'))
        {
            Entry? next;
            using (place == this ? null : place)
            {
                if (place.Status.Kind is FileKind.Link)
                    throw Linked(path);
                next = place.Step(name);
            }
            if (next is null)
                return null;
            place = next;
        }
        return place;
    }

    public void Dispose() => _handle.Dispose();

    private bool FindAtOnce(string path, out Entry? found)
    {
        var how = new Native.OpenHow { Flags = PathOnly | DoNotFollow | CloseOnExec, Resolve = Beneath | NoSymbolicLinks | NoMagicLinks };
        found = null;
        while (true)
        {
            var descriptor = (int)Native.OpenAt2(Native.OpenAt2Number, Descriptor, path, ref how, (nuint)Marshal.SizeOf<Native.OpenHow>());
            if (descriptor >= 0)
            {
                found = new Entry(new SafeFileHandle(descriptor, ownsHandle: true));
                return true;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.Again or Errno.Interrupted:
                    continue; // a folder above was renamed meanwhile
                case Errno.NoSystemCall or Errno.NotPermitted: // the latter from sandboxes that do not know the call
                    _knowsOpenat2 = false;
                    return false;
                case Errno.Loop:
                    throw Linked(path);
                case var error:
                    Check(error, path);
                    return true;
            }
        }
    }

    private Entry? Step(string name)
    {
        if (name is "" or "." or ".." || name.Contains('/'))
            throw new InvalidPathException($"'{name}' is no name of a file.");
        var descriptor = Native.OpenAt(Descriptor, name, PathOnly | DoNotFollow | CloseOnExec, 0);
        if (descriptor >= 0)
            return new Entry(new SafeFileHandle(descriptor, ownsHandle: true));
        Check(Marshal.GetLastPInvokeError(), name);
        return null;
    }

    private static void Check(int error, string path)
    {
        switch (error)
        {
            case Errno.NoEntry or Errno.NotADirectory or Errno.NameTooLong:
                return;
            case Errno.AccessDenied:
                throw new AccessDeniedException($"No permission to look at '{path}'.");
            default:
                throw new StoreUnavailableException($"'{path}' cannot be examined: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    private BlockedPathException Linked(string path)
    {
        var names = path.Split('/');
        for (var count = 1; count < names.Length; count++)
        {
            var above = string.Join('/', names[..count]);
            if (FileStatus.Of(System.IO.Path.Combine(Path, above)) is { Kind: FileKind.Link })
                return NotFollowed(above);
        }
        return NotFollowed(path);
    }

    /// <param name="link">Below the root.</param>
    public static BlockedPathException NotFollowed(string link) => new(
        $"'{link}' is a symbolic link or a device, which the folder store does not follow: put the files themselves there, or mount the folder "
        + "(mount --bind).");
}

/// <summary>Linux's numbers of errors (errno(3)).</summary>
internal static class Errno
{
    public const int NotPermitted = 1, NoEntry = 2, Interrupted = 4, Again = 11, AccessDenied = 13, Exists = 17, OtherDevice = 18, NotADirectory = 20,
        IsADirectory = 21, InvalidArgument = 22, ReadOnlyFileSystem = 30, NameTooLong = 36, NoSystemCall = 38, Loop = 40, IllegalBytes = 84;
}
