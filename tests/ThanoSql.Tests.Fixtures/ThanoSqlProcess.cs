using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Tests.Fixtures;

/// <summary>The built program, started as a person does. Its output is kept; at the end it is killed.</summary>
public sealed class ThanoSqlProcess : IAsyncDisposable
{
    private const int Interrupted = 2; // SIGINT
    private const int Terminated = 15; // SIGTERM
    private const int Continued = 18; // SIGCONT
    private const int Stopped = 19; // SIGSTOP
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ThanoSqlProcess(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Where the program was built, in the tests' own configuration.</summary>
    internal static string ProgramFolder =>
        Repository.File($"src/ThanoSql.Indexer/bin/{new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name}/net10.0");

    public static ThanoSqlProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <param name="environment">Settings as <c>Section__Key</c>; of this process's own none is inherited.</param>
    /// <param name="arguments">Of the command line.</param>
    public static ThanoSqlProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartFrom(Path.Combine(ProgramFolder, "thanosql.dll"), environment, arguments);

    /// <summary>As <see cref="Start(IReadOnlyDictionary{string, string}, string[])"/>, by a shell that first does something to itself.</summary>
    /// <param name="preparation">Of the shell, in a user namespace of its own: it is root there, and nowhere else.</param>
    /// <param name="environment">Added to this process's own: settings as <c>Section__Key</c>.</param>
    /// <param name="arguments">Of the command line.</param>
    public static ThanoSqlProcess StartPrepared(string preparation, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start(
            environment, "unshare",
            [
                "--user", "--map-root-user", "sh", "-c", $"{preparation}; exec \"$@\"", "sh", "dotnet", Path.Combine(ProgramFolder, "thanosql.dll"),
                .. arguments,
            ]);

    /// <param name="program">Another build's <c>thanosql.dll</c>.</param>
    /// <param name="environment">Settings as <c>Section__Key</c>; of this process's own none is inherited.</param>
    /// <param name="arguments">Of the command line.</param>
    public static ThanoSqlProcess StartFrom(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        return Start(environment, "env", ["--default-signal=INT", "dotnet", program, .. arguments]); // a shell's background jobs ignore Ctrl-C
    }

    /// <summary>A program that brings its runtime, by a launcher of the test's.</summary>
    /// <param name="launcher">Starts its arguments as a process, and passes SIGTERM on.</param>
    /// <param name="environment">Settings as <c>Section__Key</c>; of this process's own none is inherited.</param>
    /// <param name="arguments">The published <c>thanosql</c>, and what follows it on the command line.</param>
    public static ThanoSqlProcess StartBy(string launcher, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start(environment, launcher, arguments);

    private static ThanoSqlProcess Start(IReadOnlyDictionary<string, string> environment, string launcher, IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var start = new ProcessStartInfo(launcher, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
            start.Environment.Remove(name);
        start.Environment["Models__Download"] = "false";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = new ThanoSqlProcess(Process.Start(start)!);
        process._process.OutputDataReceived += process.Keep;
        process._process.ErrorDataReceived += process.Keep;
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Whether a variable would configure the program or its servers: what a developer's shell exports is no test's business.</summary>
    public static bool IsSetting(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Contains("__", StringComparison.Ordinal) || name.StartsWith("THANOSQL_", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("PG", StringComparison.Ordinal) || name is "URLS" or "ASPNETCORE_URLS" or "ASPNETCORE_HTTP_PORTS";
    }

    public async Task WaitForOutputAsync(string text)
    {
        var clock = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The program ended with {_process.ExitCode} before it said '{text}':\n{Output}");
            if (clock.Elapsed > Patience)
                throw new TimeoutException($"The program did not say '{text}':\n{Output}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async Task<int> WaitForExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGSTOP: it does nothing any more, until <see cref="Continue"/>.</summary>
    public void Freeze() => Send(_process.Id, Stopped);

    /// <summary>SIGCONT.</summary>
    public void Continue() => Send(_process.Id, Continued);

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => Send(_process.Id, Interrupted);

    /// <summary>SIGTERM, as service managers and Kubernetes send it.</summary>
    public void Terminate() => Send(_process.Id, Terminated);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    /// <summary>Ends the PostgreSQL that a killed program left in a home folder.</summary>
    public static async Task StopDatabaseAsync(string home)
    {
        if (PostmasterFile.OfRunning(Path.Combine(home, "postgresql", "data")) is not { } server)
            return;
        Send(server.ProcessId, Interrupted); // a fast stop
        using var patience = new CancellationTokenSource(Patience);
        while (Directory.Exists($"/proc/{server.ProcessId}"))
            await Task.Delay(50, patience.Token);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_output)
            _output.AppendLine(line.Data);
    }

    private static void Send(int process, int signal)
    {
        if (SendSignal(process, signal) != 0)
            throw new InvalidOperationException($"Process {process} takes no signal {signal}: error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
