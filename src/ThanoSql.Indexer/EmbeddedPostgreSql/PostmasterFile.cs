using System.Globalization;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>What a running server says of itself in <c>postmaster.pid</c> (lines: pid, data folder, start time, port, …).</summary>
internal sealed record PostmasterFile(int ProcessId, int Port)
{
    /// <summary>The server that runs on a data folder; null when none does, also when a dead one left its file.</summary>
    public static PostmasterFile? OfRunning(string dataFolder)
    {
        var file = Path.Combine(dataFolder, "postmaster.pid");
        if (!File.Exists(file))
            return null;
        var lines = File.ReadAllLines(file);
        return lines.Length > 3
            && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            && RunsOn(pid, dataFolder)
            ? new PostmasterFile(pid, port)
            : null;
    }

    // A process id may have passed to a stranger: the command line must name our data folder.
    private static bool RunsOn(int pid, string dataFolder)
    {
        var commandLine = $"/proc/{pid}/cmdline";
        return File.Exists(commandLine) && File.ReadAllText(commandLine).Split('\0').Contains(dataFolder);
    }
}
