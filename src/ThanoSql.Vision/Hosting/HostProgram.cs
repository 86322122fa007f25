using System.Diagnostics;

namespace ThanoSql.Vision.Hosting;

/// <summary>How the process of a model is started: this program once more, with an environment that holds nothing of ours.</summary>
internal static class HostProgram
{
    private const string Program = "thanosql";

    // .NET's own share: its code, and the file once more while it loads
    private const long ManagedBytes = 128L << 20;

    /// <exception cref="TrunkException">The program is not beside this library.</exception>
    public static ProcessStartInfo StartInfo(HostPlan plan, long modelBytes)
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
            throw new TrunkException($"Networks of others run in a process of their own, and {program} is not there to start. Install it again.");
        start.FileName = program;
        start.ArgumentList.Add(ModelHost.Command);
        start.ArgumentList.Add(JsonSerializer.Serialize(plan));
        var path = Environment.GetEnvironmentVariable("LD_LIBRARY_PATH");
        start.Environment.Clear();
        foreach (var (name, value) in Settings(modelBytes))
            start.Environment[name] = value;
        if (path is not null)
            start.Environment["LD_LIBRARY_PATH"] = path;
        return start;
    }

    private static Dictionary<string, string> Settings(long modelBytes) => new()
    {
        // …/shared/Microsoft.NETCore.App/10.0.0/ → …
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        ["DOTNET_GCHeapHardLimit"] = (ManagedBytes + modelBytes).ToString("X", CultureInfo.InvariantCulture),
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
