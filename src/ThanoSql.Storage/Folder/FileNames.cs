namespace ThanoSql.Storage.Folder;

/// <summary>Which names in a folder are objects.</summary>
internal static class FileNames
{
    private static readonly string[] Unfinished = [".part", ".partial", ".crdownload", ".tmp", "~"];

    /// <summary>
    /// Hidden files and the half-written ones of rsync, browsers and editors are not objects: they are neither listed nor reported.
    /// </summary>
    public static bool IsObject(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name[0] == '.')
            return false;
        foreach (var suffix in Unfinished)
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                return false;
        }
        return true;
    }
}
