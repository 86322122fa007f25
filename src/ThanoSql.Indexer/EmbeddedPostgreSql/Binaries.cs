using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>PostgreSQL's programs, copied from beside ours to where an ordinary user can reach them: a clone may lie in a closed folder.</summary>
internal static class Binaries
{
    private const string Version = "18.4.0-beta.17";

    /// <returns>The folder that holds <c>bin</c>, <c>lib</c> and <c>share</c>.</returns>
    public static string Install(string folder)
    {
        var target = Path.Combine(folder, Version);
        if (Directory.Exists(target))
            return target;

        var source = Path.Combine(AppContext.BaseDirectory, "postgresql");
        if (!Directory.Exists(source))
            throw new StartException($"The embedded PostgreSQL is not at {source}. Build again, or name a server: Database__ConnectionString=Host=…");
        var part = target + ".part";
        if (Directory.Exists(part))
            Directory.Delete(part, recursive: true);
        Copy(new DirectoryInfo(source), part);
        Directory.Move(part, target);
        return target;
    }

    private static void Copy(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            var name = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is { } link)
                File.CreateSymbolicLink(name, link);
            else if (entry is DirectoryInfo folder)
                Copy(folder, name);
            else
                ((FileInfo)entry).CopyTo(name);
        }
    }
}
