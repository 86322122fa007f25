using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

/// <summary>The repository's own files, without what builds and package managers put beside them.</summary>
internal static class SourceFiles
{
    private static readonly string[] Foreign = ["bin", "obj", "node_modules", ".git"];

    /// <summary>Full paths below a folder of the repository.</summary>
    public static IEnumerable<string> Of(string folder, string extension = ".cs") => Below(new DirectoryInfo(Repository.File(folder)), extension);

    private static IEnumerable<string> Below(DirectoryInfo folder, string extension)
    {
        foreach (var file in folder.EnumerateFiles().Where(file => file.Extension == extension))
            yield return file.FullName;
        foreach (var file in folder.EnumerateDirectories().Where(inner => !Foreign.Contains(inner.Name)).SelectMany(inner => Below(inner, extension)))
            yield return file;
    }
}
