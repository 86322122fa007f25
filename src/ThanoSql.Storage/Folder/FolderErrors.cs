namespace ThanoSql.Storage.Folder;

/// <summary>Turns what the file system throws into the store's own errors.</summary>
internal static class FolderErrors
{
    public static void Translate(ObjectPath path, Action action) => Translate(path, () =>
    {
        action();
        return true;
    });

    public static T Translate<T>(ObjectPath path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (Translated(path, exception) is { } translated)
        {
            throw translated;
        }
    }

    public static async Task TranslateAsync(ObjectPath path, Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception exception) when (Translated(path, exception) is { } translated)
        {
            throw translated;
        }
    }

    private static StoreException? Translated(ObjectPath path, Exception exception) => exception switch
    {
        UnauthorizedAccessException => new StoreRefusedException($"{path}: no permission. {exception.Message}", exception),
        PathTooLongException => new InvalidPathException($"{path}: a name has more than 255 bytes."),
        IOException => new StoreUnavailableException($"{path}: {exception.Message}", exception),
        _ => null,
    };
}
