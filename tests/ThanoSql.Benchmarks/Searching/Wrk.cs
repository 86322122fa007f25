using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ThanoSql.Benchmarks.Searching;

/// <summary>The load generator (github.com/wg/wrk), a process beside those that it drives.</summary>
internal static class Wrk
{
    private const string Script = """
        done = function(summary, latency, requests)
          local errors = summary.errors
          io.write(string.format("FIGURES %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
            errors.status + errors.connect + errors.read + errors.timeout))
        end
        """;

    /// <exception cref="InvalidOperationException">There is no wrk, or an answer was no success.</exception>
    public static async Task<Load> RunAsync(Uri address, string? token, int connections, int seconds, string folder, CancellationToken stop)
    {
        var script = Path.Combine(folder, "figures.lua");
        await File.WriteAllTextAsync(script, Script, stop);
        string[] header = token is null ? [] : ["-H", $"Authorization: Bearer {token}"];
        var start = new ProcessStartInfo(
            "wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "-s", script, .. header, address.AbsoluteUri])
        {
            RedirectStandardOutput = true,
        };
        using var process = Start(start);
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        var figures = output.Split('\n').Last(l => l.StartsWith("FIGURES", StringComparison.Ordinal)).Split(' ').Skip(1)
            .Select(f => long.Parse(f, CultureInfo.InvariantCulture)).ToList();
        return figures[4] == 0
            ? new Load(figures[0], figures[1] / 1e6, figures[2] / 1e3, figures[3] / 1e3)
            : throw new InvalidOperationException($"{figures[4]} of {figures[0]} requests failed: {address}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("There is no load generator: apt-get install wrk.", missing);
        }
    }
}

/// <summary>What a load generator saw.</summary>
/// <param name="Median">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed record Load(long Requests, double Seconds, double Median, double P99)
{
    public double Rate => Requests / Seconds;
}
