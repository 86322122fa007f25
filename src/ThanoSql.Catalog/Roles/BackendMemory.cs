using System.Net;

namespace ThanoSql.Catalog.Roles;

/// <summary>
/// The memory of a session's process on the server, as the kernel tells it (proc(5)): possible only where the server runs on this machine, in
/// processes that this one can see. Elsewhere nothing is known.
/// </summary>
internal sealed class BackendMemory(string role, bool isLocal)
{
    /// <param name="host">Of a connection string.</param>
    public static bool IsLocal(string? host) =>
        host is { Length: > 0 }
        && (host[0] == '/' || host == "localhost" || IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <returns>
    /// Bytes that belong to the session alone and to its parallel workers, without what all sessions share; null when it cannot be known.
    /// </returns>
    public long? Of(int processId, bool withWorkers)
    {
        if (!isLocal || !IsOurs(processId))
            return null;
        try
        {
            var (own, parent) = Status(processId);
            return withWorkers ? own + Workers(processId, parent).Sum(worker => Status(worker).Anonymous) : own;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // "postgres: ROLE DATABASE ADDRESS …": a container's process ids may be another process's here.
    private bool IsOurs(int processId) => Title(processId).StartsWith($"postgres: {role} ", StringComparison.Ordinal);

    private static IEnumerable<int> Workers(int leader, int postmaster)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"postgres: parallel worker for PID {leader}");
        var children = $"/proc/{postmaster}/task/{postmaster}/children";
        return !File.Exists(children)
            ? []
            : File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))
                .Where(id => Title(id).TrimEnd('\0', ' ') == title);
    }

    private static string Title(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static (long Anonymous, int Parent) Status(int processId)
    {
        var (anonymous, parent) = (0L, 0);
        foreach (var line in File.ReadLines($"/proc/{processId}/status"))
        {
            if (line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("VmSwap:", StringComparison.Ordinal))
                anonymous += Number(line) * 1024;
            else if (line.StartsWith("PPid:", StringComparison.Ordinal))
                parent = (int)Number(line);
        }
        return (anonymous, parent);
    }

    private static long Number(string line) =>
        long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).TrimEnd(" kB").Trim(), CultureInfo.InvariantCulture);
}
