using System.Globalization;
using Npgsql;
using ThanoSql.Catalog;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>CPU time of processes as Linux counts it, read from outside: <c>/proc/PID/stat</c> and <c>/proc/PID/task/TID/stat</c>, proc(5).</summary>
internal static class CpuClock
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux x64
    private const int UserTime = 11; // of the fields after the name
    private const int SystemTime = 12;
    private const int ChildrenUserTime = 13;
    private const int ChildrenSystemTime = 14;

    /// <summary>Seconds of the threads of a process that are alive, by kind.</summary>
    public static Dictionary<string, double> ByKind(int process) => Directory.EnumerateDirectories($"/proc/{process}/task")
        .Select(Read).OfType<Stat>().GroupBy(t => KindOf(t.Name)).ToDictionary(g => g.Key, g => g.Sum(t => t.Seconds));

    /// <summary>Seconds of a whole process, with the threads that have ended.</summary>
    public static double Of(int process) => Read($"/proc/{process}")?.Seconds ?? 0;

    /// <summary>Seconds of the PostgreSQL server that a database lies on, with its backends, also those that have ended.</summary>
    /// <param name="database">On this machine.</param>
    public static async Task<double> OfServerAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var backend = await database.Command("SELECT pg_backend_pid()").ScalarAsync<int>(cancellationToken);
        var postmaster = Read($"/proc/{backend}")?.Parent ?? throw new InvalidOperationException("The PostgreSQL server is on another machine.");
        return Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _))
            .Select(Read).OfType<Stat>().Where(p => p.Parent == postmaster).Sum(p => p.Seconds) + Read($"/proc/{postmaster}")!.WithEnded;
    }

    /// <summary>Most memory that a process has held, in MiB.</summary>
    public static double PeakMemory(int process) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))["VmHWM:".Length..^2],
            CultureInfo.InvariantCulture) / 1024;

    // .NET, libvips and ONNX Runtime name their threads
    private static string KindOf(string thread) => thread switch
    {
        _ when thread.StartsWith("embed", StringComparison.Ordinal) => "embed",
        _ when thread.Contains("GC", StringComparison.Ordinal) => "gc",
        _ when thread.StartsWith(".NET Tiered", StringComparison.Ordinal) => "jit",
        _ when thread.StartsWith("libvips", StringComparison.Ordinal) => "libvips",
        _ => "other",
    };

    private static Stat? Read(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var end = text.LastIndexOf(')');
            var fields = text[(end + 2)..].Split(' ');
            double Time(int field) => double.Parse(fields[field], CultureInfo.InvariantCulture) / TicksPerSecond;
            var own = Time(UserTime) + Time(SystemTime);
            return new Stat(
                text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..end], int.Parse(fields[1], CultureInfo.InvariantCulture), own,
                own + Time(ChildrenUserTime) + Time(ChildrenSystemTime));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Stat(string Name, int Parent, double Seconds, double WithEnded);
}
