using ThanoSql.Catalog;

namespace ThanoSql.Tests.Fixtures;

/// <summary>
/// A disk of a few megabytes that a test can fill: a tmpfs, so that PostgreSQL meets the kernel's own "No space left on device" wherever it writes. A
/// limit on file sizes (setrlimit) would be another error, and a quota needs a file system that has them.
/// </summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _ballast;

    private SmallDisk(string folder) => (Folder, _ballast) = (folder, Path.Combine(folder, "ballast"));

    public string Folder { get; }

    /// <exception cref="InvalidOperationException">Mounting takes root, and CAP_SYS_ADMIN in a container: these tests need it.</exception>
    public static async Task<SmallDisk> MountAsync(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        await Tool.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=755", "thanosql-test", folder);
        return new SmallDisk(folder);
    }

    /// <summary>To the last byte.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in new[] { 1 << 20, 4096 })
            Fill(ballast, new byte[size]);
    }

    private static void Fill(FileStream ballast, byte[] block)
    {
        try
        {
            while (true)
                ballast.Write(block);
        }
        catch (IOException full) when (DatabaseTrouble.IsFullDisk(full))
        {
            // no room for another
        }
    }

    public void Free() => File.Delete(_ballast);

    public async ValueTask DisposeAsync() => await Tool.RunAsync("umount", Folder);
}
