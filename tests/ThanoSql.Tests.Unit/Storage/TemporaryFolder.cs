using System.Runtime.InteropServices;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>A folder for one test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const int Nobody = 65_534;

    private readonly List<string> _denied = [];

    public string Path { get; } = Directory.CreateTempSubdirectory("thanosql-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Takes all rights to a folder below; root keeps its own, see <see cref="AsNobody"/>.</summary>
    public void Deny(string name)
    {
        _denied.Add(File(name));
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        System.IO.File.SetUnixFileMode(Path, System.IO.File.GetUnixFileMode(Path) | others);
        System.IO.File.SetUnixFileMode(File(name), UnixFileMode.None);
    }

    /// <summary>Runs on a thread that has no more rights to files than an ordinary user, whoever runs the tests.</summary>
    public T AsNobody<T>(Func<T> work)
    {
        var result = default(T);
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            if (Environment.IsPrivilegedProcess)
                _ = SetFileSystemUser(Nobody); // of this thread alone (setfsuid(2))
            try
            {
                result = work();
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }

    public void Dispose()
    {
        foreach (var folder in _denied)
            System.IO.File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(Path, recursive: true);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(int user);
}
