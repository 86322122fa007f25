using ThanoSql.Storage.Unicode;

namespace ThanoSql.Storage.Folder;

/// <summary>Which names in a folder are objects.</summary>
internal static class FileNames
{
    private static readonly string[] Unfinished = [".part", ".partial", ".crdownload", ".tmp", "~"];

    /// <summary>Hidden files and the half-written ones of rsync, browsers and editors are not objects: they are neither listed nor reported.</summary>
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

    /// <summary>The spellings under which a name may lie on disk: Linux's first, then macOS's.</summary>
    public static IEnumerable<string> Spellings(string name)
    {
        yield return name;
        var decomposed = CanonicalForm.Decompose(name);
        if (decomposed != name)
            yield return decomposed;
    }
}
