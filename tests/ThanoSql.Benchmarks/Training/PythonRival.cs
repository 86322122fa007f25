using System.Diagnostics;
using System.Globalization;

namespace ThanoSql.Benchmarks.Training;

/// <summary>A script of this folder, run by Debian's Python or that of the variable <c>PYTHON</c>, that prints one figure per line.</summary>
internal static class PythonRival
{
    private static readonly string Interpreter = Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3";

    /// <summary>What the script printed, or null with a line that says which package is missing.</summary>
    public static async Task<double[]?> RunAsync(string script, string package, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Interpreter) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Training", script));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = File.Exists(Interpreter) ? Process.Start(start) : null;
        if (process is null)
        {
            Console.WriteLine($"  no {Interpreter}: the comparison needs {package}");
            return null;
        }
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            Console.WriteLine($"  {script} failed; it needs {package}: {(await errors).Trim().Split('\n')[^1]}");
            return null;
        }
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(
                line => double.Parse(line, CultureInfo.InvariantCulture)),
        ];
    }
}
