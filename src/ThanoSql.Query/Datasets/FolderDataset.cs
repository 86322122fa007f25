using ThanoSql.Planning;

namespace ThanoSql.Query.Datasets;

/// <summary>A user's own dataset: a folder of label/file.</summary>
internal static class FolderDataset
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    public static IReadOnlyList<DatasetFile> Read(string name, string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new QueryException(
                ErrorCode.DatasetUnavailable, $"The folder of the dataset '{name}' does not exist: {folder}",
                hint: $"Set Datasets__{name} to a folder of label/file.");
        }

        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            .Select(path => (path, relative: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .OrderBy(file => file.relative, StringComparer.Ordinal)
            .Select(file => new DatasetFile(file.relative, Label(file.relative), _ => Task.FromResult<Stream>(File.OpenRead(file.path))))];
    }

    // A picture that lies in no folder has no label.
    private static string? Label(string relative) => relative.Split('/') is [.., var label, _] ? label : null;
}
