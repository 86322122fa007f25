using System.Globalization;

namespace ThanoSql.Benchmarks.Sweeping;

/// <summary>What this process held in memory at most, as Linux counts it (proc(5)).</summary>
internal static class PeakMemory
{
    /// <summary>Since <see cref="Reset"/>.</summary>
    public static long Bytes => Read("VmHWM:");

    /// <summary>Gives garbage back and counts anew from what is left.</summary>
    /// <returns>What is left.</returns>
    public static long Reset()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Read("VmRSS:");
    }

    private static long Read(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
