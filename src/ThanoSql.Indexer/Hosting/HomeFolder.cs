using System.Globalization;

namespace ThanoSql.Indexer.Hosting;

/// <summary>Where one installation keeps its files; one process at a time holds it.</summary>
/// <remarks>The lock is the kernel's (flock), so that it ends with the process however that ends.</remarks>
internal sealed class HomeFolder : IDisposable
{
    public const string PostgreSqlFolder = "postgresql";

    private readonly FileStream _lock;

    private HomeFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    public string PostgreSql => System.IO.Path.Combine(Path, PostgreSqlFolder);

    /// <summary><c>/var/lib/thanosql</c> as root, else <c>~/.local/share/thanosql</c>.</summary>
    public static string Default => Environment.IsPrivilegedProcess
        ? "/var/lib/thanosql"
        : System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "thanosql");

    /// <exception cref="StartException">Another process holds the folder, or it cannot be written.</exception>
    public static HomeFolder Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var file = System.IO.Path.Combine(path, "lock");
        try
        {
            Directory.CreateDirectory(path);
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(PidFile(path), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new HomeFolder(path, stream);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StartException($"{path} cannot be written ({denied.Message}). Choose another folder with --home.");
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new StartException($"Another thanosql (process {HolderOf(path)}) uses {path}. Stop it, or choose another folder with --home.");
        }
        catch (IOException broken)
        {
            throw new StartException($"{path} cannot be used ({broken.Message}). Choose another folder with --home.");
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string PidFile(string path) => System.IO.Path.Combine(path, "pid");

    private static string HolderOf(string path) => File.Exists(PidFile(path)) ? File.ReadAllText(PidFile(path)) : "unknown";
}
