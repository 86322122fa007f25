namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>What a running server says of itself in <c>postmaster.pid</c> (lines: pid, data folder, start time, port, …).</summary>
internal sealed record PostmasterFile(int ProcessId, int Port)
{
    /// <summary>The server that runs on a data folder; null when none does, also when a dead one left its file.</summary>
    public static PostmasterFile? OfRunning(string dataFolder)
    {
        var lines = Read(FileOf(dataFolder));
        return lines.Length > 3
            && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            && RunsOn(pid, dataFolder)
            ? new PostmasterFile(pid, port)
            : null;
    }

    /// <summary>
    /// Removes the file of a server that is dead. PostgreSQL does so itself, unless its process id has passed to another process of the same user.
    /// </summary>
    public static void Remove(string dataFolder)
    {
        if (Directory.Exists(dataFolder) && OfRunning(dataFolder) is null)
            File.Delete(FileOf(dataFolder));
    }

    private static string FileOf(string dataFolder) => Path.Combine(dataFolder, "postmaster.pid");

    // The server may remove it at any moment, as a process its entry.
    private static string[] Read(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (IOException)
        {
            return [];
        }
    }

    // A process id may have passed to a stranger: the command line must name our data folder.
    private static bool RunsOn(int pid, string dataFolder) =>
        Read($"/proc/{pid}/cmdline") is [var commandLine, ..] && commandLine.Split('\0').Contains(dataFolder);
}
