using System.Diagnostics;

namespace ThanoSql.Vision.Hosting;

/// <summary>How a process for what others made is started: this program once more, with an environment that holds nothing of ours.</summary>
internal static class HostProgram
{
    private const string Program = "thanosql";

    // .NET's own share: its code, and the file once more while it loads
    private const long ManagedBytes = 128L << 20;

    /// <param name="command">Of the program.</param>
    /// <param name="plan">Its argument.</param>
    /// <param name="bytes">That .NET holds beyond its own.</param>
    /// <exception cref="TrunkException">The program is not beside this library.</exception>
    public static ProcessStartInfo StartInfo(string command, string plan, long bytes)
    {
        var program = Path.Combine(AppContext.BaseDirectory, Program);
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        if (!File.Exists(program))
            throw new TrunkException($"What others made runs in a process of its own, and {program} is not there to start. Install it again.");
        start.FileName = program;
        start.ArgumentList.Add(command);
        start.ArgumentList.Add(plan);
        var path = Environment.GetEnvironmentVariable("LD_LIBRARY_PATH");
        start.Environment.Clear();
        foreach (var (name, value) in Settings(bytes))
            start.Environment[name] = value;
        if (path is not null)
            start.Environment["LD_LIBRARY_PATH"] = path;
        return start;
    }

    private static Dictionary<string, string> Settings(long bytes) => new()
    {
        // …/shared/Microsoft.NETCore.App/10.0.0/ → …
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        ["DOTNET_GCHeapHardLimit"] = (ManagedBytes + bytes).ToString("X", CultureInfo.InvariantCulture),
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        // Nothing that listens, writes files or needs to open any later
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_DbgEnableMiniDump"] = "0",
        ["DOTNET_NOLOGO"] = "1",
        [InferenceSessionFactory.NoReports] = "1",
        // An arena a thread would take address space that the model needs
        ["MALLOC_ARENA_MAX"] = "2",
    };
}
