using System.Runtime.InteropServices;

namespace ThanoSql.Storage.Folder;

/// <summary>Turns what the file system says into the store's own errors, which name objects and never the server's own folders.</summary>
internal static class FolderErrors
{
    public static void Translate(object what, Action action) => Translate(what, () =>
    {
        action();
        return true;
    });

    public static T Translate<T>(object what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (Translated(what, exception) is { } translated)
        {
            throw translated;
        }
    }

    public static async Task TranslateAsync(object what, Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception exception) when (Translated(what, exception) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>By Linux's number of an error: what trying again may mend is the only thing that is unavailable.</summary>
    public static StoreException Of(object what, int error, Exception? cause = null) => error switch
    {
        Errno.AccessDenied or Errno.NotPermitted => new AccessDeniedException($"{what}: no permission.", cause),
        Errno.ReadOnlyFileSystem => new AccessDeniedException($"{what}: the file system is read-only.", cause),
        Errno.NameTooLong => new InvalidPathException($"{what}: a name has more than 255 bytes."),
        Errno.InvalidArgument or Errno.IllegalBytes => new InvalidPathException($"{what}: the file system does not take such a name."),
        Errno.IsADirectory or Errno.NotADirectory =>
            new BlockedPathException($"{what}: a folder is where a file is needed, or a file where a folder is.", cause),
        _ => new StoreUnavailableException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}.", cause),
    };

    private static StoreException? Translated(object what, Exception exception) => exception switch
    {
        UnauthorizedAccessException => Of(what, Errno.AccessDenied, exception),
        PathTooLongException => Of(what, Errno.NameTooLong, exception),
        IOException { HResult: > 0 } => Of(what, exception.HResult, exception), // .NET hands Linux's own number on
        IOException => new StoreUnavailableException($"{what}: the file system failed.", exception),
        _ => null,
    };
}
