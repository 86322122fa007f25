using System.Net;
using System.Net.Sockets;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>
/// Where the embedded server listens: on the port that is configured, on that of its last start, or on a new one below the ports that the kernel
/// gives to clients. While the server is down, one of those that look for it would get its port, be connected with itself, and keep the server from
/// coming back.
/// </summary>
internal static class ServerPort
{
    private const int First = 15_000;
    private const int Last = 32_000;
    private const int LeastConfigured = 1_024; // below, an ordinary user may not listen
    private const int MostConfigured = 65_535;
    private const int Tries = 1_000;

    /// <summary>Keeps the port of the last start, so that SQL clients find the server again.</summary>
    public const string KeptFile = "port";

    /// <param name="folder">The server's.</param>
    /// <param name="configured">What <c>Database:Port</c> says; null: nothing.</param>
    /// <exception cref="StartException">The configured one is taken, or none is free.</exception>
    public static int Choose(string folder, int? configured)
    {
        var port = configured is { } wanted ? Checked(wanted) : Kept(folder) is { } kept && IsFree(kept) ? kept : New();
        File.WriteAllText(Path.Combine(folder, KeptFile), port.ToString(CultureInfo.InvariantCulture));
        return port;
    }

    /// <exception cref="StartException">It is no number, or out of range.</exception>
    public static int? Configured(string? text) => string.IsNullOrEmpty(text)
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= LeastConfigured and <= MostConfigured
            ? port
            : throw new StartException($"Database:Port is a number from {LeastConfigured} to {MostConfigured}, not '{text}'.");

    private static int Checked(int port) => IsFree(port)
        ? port
        : throw new StartException(
            $"Another program listens on 127.0.0.1:{port}, where the embedded PostgreSQL is to listen. "
            + "Stop it, or choose another port: Database__Port (without one, a free port is found and kept).");

    private static int? Kept(string folder)
    {
        var file = Path.Combine(folder, KeptFile);
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= LeastConfigured and <= MostConfigured
            ? port
            : null;
    }

    private static int New()
    {
        for (var i = 0; i < Tries; i++)
        {
            var port = Random.Shared.Next(First, Last);
            if (IsFree(port))
                return port;
        }
        throw new StartException($"No port between {First} and {Last} is free on 127.0.0.1 for the embedded PostgreSQL.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
