using System.Net;
using System.Net.Sockets;

namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>
/// Where the embedded server listens: below the ports that the kernel gives to clients. While the server is down, one of those that look for it would
/// get its port, be connected with itself, and keep the server from coming back.
/// </summary>
internal static class ServerPort
{
    private const int First = 15_000;
    private const int Last = 32_000;
    private const int Tries = 1_000;

    /// <exception cref="StartException">None is free.</exception>
    public static int Choose()
    {
        for (var i = 0; i < Tries; i++)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, Last));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // taken
            }
        }
        throw new StartException($"No port between {First} and {Last} is free on 127.0.0.1 for the embedded PostgreSQL.");
    }
}
