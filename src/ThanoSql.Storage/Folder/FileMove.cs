using System.Runtime.InteropServices;

namespace ThanoSql.Storage.Folder;

/// <summary>Puts a file that was written elsewhere into its place at once.</summary>
internal static class FileMove
{
    private const uint NoReplace = 1;

    private enum Outcome
    {
        Done,

        /// <summary>There is something of the name, which is not to be replaced.</summary>
        Taken,

        /// <summary>The place is on another file system.</summary>
        Elsewhere,
    }

    /// <param name="what">For errors.</param>
    /// <param name="from">The whole file.</param>
    /// <param name="to">Its place.</param>
    /// <param name="replace">Whether a file that is there goes.</param>
    /// <returns>False when there was one and it stays.</returns>
    public static bool Run(object what, Place from, Place to, bool replace)
    {
        if (Try(what, from, to, replace) is var outcome and not Outcome.Elsewhere)
            return outcome == Outcome.Done;
        // A bucket on a file system of its own: the copy waits under a hidden name beside its place.
        var beside = to with { Name = $".{from.Name}" };
        try
        {
            File.Copy(from.Path, beside.Path);
            return Try(what, beside, to, replace) switch
            {
                Outcome.Elsewhere => throw new StoreUnavailableException($"{what}: cannot be moved into its folder."),
                var moved => moved == Outcome.Done,
            };
        }
        finally
        {
            File.Delete(beside.Path);
        }
    }

    private static Outcome Try(object what, Place from, Place to, bool replace)
    {
        var done = replace
            ? Native.RenameAt(from.Folder.Descriptor, from.Name, to.Folder.Descriptor, to.Name)
            : Native.RenameAt2(from.Folder.Descriptor, from.Name, to.Folder.Descriptor, to.Name, NoReplace);
        // NFS and the like do not know the flag; a second name never replaces either, and the first one goes with whoever made it
        if (done != 0 && !replace && Marshal.GetLastPInvokeError() is Errno.InvalidArgument or Errno.NoSystemCall)
            done = Native.LinkAt(from.Folder.Descriptor, from.Name, to.Folder.Descriptor, to.Name, 0);
        if (done == 0)
            return Outcome.Done;
        return Marshal.GetLastPInvokeError() switch
        {
            Errno.OtherDevice => Outcome.Elsewhere,
            Errno.Exists when !replace => Outcome.Taken,
            var error => throw FolderErrors.Of(what, error),
        };
    }
}
