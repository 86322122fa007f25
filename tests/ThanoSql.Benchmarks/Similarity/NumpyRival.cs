using System.Diagnostics;
using System.Globalization;

namespace ThanoSql.Benchmarks.Similarity;

/// <summary>The script beside this file, kept running by Debian's Python or that of the variable <c>PYTHON</c>.</summary>
internal sealed class NumpyRival : IDisposable
{
    private static readonly string Interpreter = Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3";

    private readonly Process _process;

    private NumpyRival(Process process) => _process = process;

    /// <summary>Seconds until it could answer, its matrix' bytes, and numpy's version.</summary>
    public (double Seconds, long Bytes, string Version) Loaded { get; private set; }

    /// <returns>Null, with a line that says what is missing, when it cannot run.</returns>
    public static async Task<NumpyRival?> StartAsync(VectorFile vectors, int top, CancellationToken cancellationToken)
    {
        if (!File.Exists(Interpreter))
        {
            Console.WriteLine($"  no {Interpreter}: the comparison needs python3-numpy, and libopenblas0-pthread to be a fair one");
            return null;
        }
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Similarity", "similar_rival.py"), vectors.Path, vectors.AskedPath, vectors.AmongPath,
            vectors.Dimensions.ToString(CultureInfo.InvariantCulture), top.ToString(CultureInfo.InvariantCulture),
        ];
        var process = Process.Start(
            new ProcessStartInfo(Interpreter, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var rival = new NumpyRival(process);
        if ((await process.StandardOutput.ReadLineAsync(cancellationToken))?.Split(' ') is not [var seconds, var bytes, var version])
        {
            Console.WriteLine("  the script failed: it needs python3-numpy");
            rival.Dispose();
            return null;
        }
        rival.Loaded = (double.Parse(seconds, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture), version);
        return rival;
    }

    /// <returns>Rows, from 0, and the milliseconds that it took by its own clock.</returns>
    public async Task<(long[] Rows, double Milliseconds)> NearestAsync(int question, bool filtered, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync($"{question} {(filtered ? 1 : 0)}".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The script ended.");
        var parts = line.Split(' ');
        return ([.. parts.Skip(1).Select(p => long.Parse(p, CultureInfo.InvariantCulture))], double.Parse(parts[0], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }
}
