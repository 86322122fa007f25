using ThanoSql.Storage.Folder;

namespace ThanoSql.Benchmarks.Sweeping;

/// <summary>A bucket of empty files in one folder, the hardest one for a listing that keeps an order; removed after use.</summary>
internal sealed class ManyFiles : IDisposable
{
    public const string Bucket = "workspace";

    private readonly string _root = Directory.CreateTempSubdirectory("thanosql-benchmark-").FullName;

    private ManyFiles() => Store = new FolderStore(_root);

    public FolderStore Store { get; }

    public static ManyFiles Write(int count, CancellationToken cancellationToken)
    {
        var files = new ManyFiles();
        var folder = Directory.CreateDirectory(Path.Combine(files._root, Bucket, "products")).FullName;
        for (var n = 0; n < count; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.Create(Path.Combine(folder, NameOf(n))).Dispose();
        }
        return files;
    }

    /// <summary>As a shop might name its pictures.</summary>
    public static string NameOf(int number) => FormattableString.Invariant($"사과-{number:D7}.jpeg");

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
