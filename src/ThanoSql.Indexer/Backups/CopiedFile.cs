namespace ThanoSql.Indexer.Backups;

/// <summary>A file or folder that goes into a backup.</summary>
/// <param name="Name">In the archive, with slashes.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Of a file; null: a folder.</param>
internal sealed record CopiedFile(string Name, string Path, long? Bytes)
{
    /// <summary>A folder with all that is in it, as far as it is still there when its turn comes. Links to other folders are not followed.</summary>
    /// <param name="name">Its own in the archive.</param>
    /// <param name="folder">Where it lies.</param>
    /// <param name="isLeft">Whether a file or folder is left out, by its name relative to the folder.</param>
    /// <param name="isEmptied">Whether the folders and files of a folder are left out.</param>
    public static IEnumerable<CopiedFile> In(string name, string folder, Func<string, bool> isLeft, Func<string, bool> isEmptied) =>
        Below(name, new DirectoryInfo(folder), "", isLeft, isEmptied);

    private static IEnumerable<CopiedFile> Below(
        string name, DirectoryInfo folder, string relative, Func<string, bool> isLeft, Func<string, bool> isEmptied)
    {
        yield return new CopiedFile(name, folder.FullName, null);
        if (isEmptied(relative))
            yield break;
        foreach (var entry in Entries(folder))
        {
            var inside = relative.Length == 0 ? entry.Name : $"{relative}/{entry.Name}";
            if (isLeft(inside))
                continue;
            if (entry is FileInfo file)
            {
                yield return new CopiedFile($"{name}/{entry.Name}", entry.FullName, file.Exists ? file.Length : 0);
            }
            else if (entry.LinkTarget is null || isEmptied(inside))
            {
                foreach (var below in Below($"{name}/{entry.Name}", (DirectoryInfo)entry, inside, isLeft, isEmptied))
                    yield return below;
            }
        }
    }

    private static FileSystemInfo[] Entries(DirectoryInfo folder)
    {
        try
        {
            return folder.GetFileSystemInfos();
        }
        catch (DirectoryNotFoundException)
        {
            return []; // a database was dropped
        }
    }
}
