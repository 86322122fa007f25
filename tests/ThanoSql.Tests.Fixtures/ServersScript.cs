using System.Diagnostics;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Calls <c>infra/servers.sh</c>.</summary>
public static class ServersScript
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10); // the first start installs packages

    /// <summary>The <c>KEY=value</c> lines that the script prints.</summary>
    public static Task<IReadOnlyDictionary<string, string>> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>As <see cref="RunAsync(string[])"/>, with environment variables added.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("bash", [Repository.File("infra/servers.sh"), .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        // Ports in the environment are the shared servers'; a folder of its own remembers its own
        foreach (var name in process.StartInfo.Environment.Keys.Where(name => arguments.Contains("--dir") && IsPort(name)).ToList())
            process.StartInfo.Environment.Remove(name);
        foreach (var (name, value) in environment)
            process.StartInfo.Environment[name] = value;
        process.Start();
        using var deadline = new CancellationTokenSource(Limit);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"servers.sh {string.Join(' ', arguments)} failed:\n{await errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private static bool IsPort(string name) =>
        name.StartsWith("THANOSQL_", StringComparison.Ordinal) && name.EndsWith("_PORT", StringComparison.Ordinal);
}
