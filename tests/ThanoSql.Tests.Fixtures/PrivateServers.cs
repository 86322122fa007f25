using System.Net;
using System.Net.Sockets;

namespace ThanoSql.Tests.Fixtures;

/// <summary>
/// Servers of one test alone, which may stop, crash and start them again; they keep their ports and (but for Ceph) their data. Removed at the end.
/// </summary>
public sealed class PrivateServers : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("thanosql-servers-");
    private readonly Dictionary<string, string> _settings = [];

    private readonly Dictionary<string, string> _environment;

    private PrivateServers(IReadOnlyDictionary<string, string> environment)
    {
        _environment = FreePorts().Concat(environment).ToDictionary();
        _folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute; // root's PostgreSQL runs as postgres
    }

    /// <param name="servers">Of <c>postgres</c>, <c>rabbitmq</c> and <c>ceph</c>.</param>
    public static Task<PrivateServers> CreateAsync(params string[] servers) => CreateAsync(new Dictionary<string, string>(), servers);

    /// <param name="environment">Of each start of a server.</param>
    /// <param name="servers">Of <c>postgres</c>, <c>rabbitmq</c> and <c>ceph</c>.</param>
    public static async Task<PrivateServers> CreateAsync(IReadOnlyDictionary<string, string> environment, params string[] servers)
    {
        var created = new PrivateServers(environment);
        foreach (var server in servers)
            await created.StartAsync(server);
        return created;
    }

    /// <summary>A setting as <c>servers.sh env</c> prints it, for example <c>Database__ConnectionString</c>.</summary>
    public string this[string setting] => _settings[setting];

    /// <summary>As the indexer; null when none of these servers has the setting.</summary>
    public string? Find(string setting) => _settings.GetValueOrDefault(setting);

    /// <summary>Does nothing when it runs.</summary>
    public async Task StartAsync(string server)
    {
        foreach (var (name, value) in await RunAsync("start", server))
            _settings[name] = value;
    }

    public Task StopAsync(string server) => RunAsync("stop", server);

    /// <summary>Without warning, as in a power cut.</summary>
    public Task CrashAsync(string server) => RunAsync("crash", server);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop");
        _folder.Delete(recursive: true);
    }

    private Task<IReadOnlyDictionary<string, string>> RunAsync(params string[] arguments) =>
        ServersScript.RunAsync(_environment, [.. arguments, "--dir", _folder.FullName]);

    // For all of them, whichever is started later
    private static Dictionary<string, string> FreePorts()
    {
        string[] names = ["POSTGRES", "RABBITMQ", "RABBITMQ_EPMD", "RABBITMQ_NODE", "CEPH", "CEPH_MON"];
        var listeners = names.Select(_ => Listen()).ToList();
        var ports = names.Zip(listeners, (name, listener) => (name, ((IPEndPoint)listener.LocalEndpoint).Port));
        var chosen = ports.ToDictionary(pair => $"THANOSQL_{pair.name}_PORT", pair => $"{pair.Port}");
        listeners.ForEach(listener => listener.Dispose());
        return chosen;
    }

    // Below the ports that the kernel gives to clients: while a server is down, one that looks for it would get its port, and keep it from coming
    // back.
    private static TcpListener Listen()
    {
        while (true)
        {
            var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException)
            {
                listener.Dispose(); // taken
            }
        }
    }
}
