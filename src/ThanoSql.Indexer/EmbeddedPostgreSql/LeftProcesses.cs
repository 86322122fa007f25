using System.ComponentModel;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>
/// Processes of PostgreSQL's programs in a home folder that nobody watches any more: backends whose postmaster was killed, the initdb or pg_ctl of a
/// start that was killed.
/// </summary>
internal static class LeftProcesses
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Ends them all. Without mercy: what they wrote last is only known after a recovery from the log in any case. Call it while no postmaster runs.
    /// </summary>
    /// <param name="programs">The folder of PostgreSQL's programs that they run.</param>
    /// <param name="cancellationToken">Stops waiting for their end.</param>
    /// <exception cref="StartException">They do not end.</exception>
    public static async Task EndAsync(string programs, CancellationToken cancellationToken)
    {
        var folder = RealPath(programs) + Path.DirectorySeparatorChar;
        var since = Stopwatch.StartNew();
        while (Find(folder) is { Count: > 0 } left)
        {
            if (since.Elapsed > Patience)
            {
                throw new StartException(
                    $"Processes of a PostgreSQL that was killed do not end ({string.Join(", ", left)}): its disk may not answer.");
            }
            left.ForEach(Kill);
            await Task.Delay(20, cancellationToken);
        }
    }

    private static List<int> Find(string programs) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(entry => int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Program(pid)?.StartsWith(programs, StringComparison.Ordinal) == true)];

    // As /proc spells it: without symbolic links.
    private static string RealPath(string programs)
    {
        using var server = File.OpenHandle(Path.Combine(programs, "bin", "postgres"));
        var real = new FileInfo($"/proc/self/fd/{server.DangerousGetHandle()}").LinkTarget!;
        return Path.GetDirectoryName(Path.GetDirectoryName(real))!;
    }

    // Null for a process that has ended, or is none of ours to look into.
    private static string? Program(int pid) => new FileInfo($"/proc/{pid}/exe").LinkTarget;

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // it ended by itself; one that may not be killed is found again
        }
    }
}
