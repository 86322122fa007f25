using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ThanoSql.Tests.Fixtures;

/// <summary>
/// A real nginx with <c>infra/nginx/thanosql.conf</c>, on a port of 127.0.0.1 and with a certificate of its own. Ends with this.
/// </summary>
public sealed class NginxServer : IAsyncDisposable
{
    private const string Name = "shop.example";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("thanosql-nginx-");
    private Process? _process;

    private NginxServer(int port) => Address = new Uri($"https://{Name}:{port}/index/");

    /// <summary>As a browser knows it; see <see cref="Handler"/>.</summary>
    public Uri Address { get; }

    /// <param name="services">The query services behind it.</param>
    public static async Task<NginxServer> StartAsync(params Uri[] services)
    {
        ArgumentNullException.ThrowIfNull(services);
        await ServersScript.RunAsync("install", "nginx");
        var server = new NginxServer(FreePort());
        server.Configure(services);
        await server.StartAsync();
        return server;
    }

    /// <summary>A way to <see cref="Address"/> that finds the host and knows its certificate.</summary>
    public SocketsHttpHandler Handler() => new()
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, Address.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Subject == $"CN={Name}" },
    };

    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient(Handler()) { BaseAddress = Address };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        _folder.Delete(recursive: true);
    }

    private void Configure(IEnumerable<Uri> services)
    {
        var shown = File.ReadAllText(Repository.File("infra/nginx/thanosql.conf"));
        foreach (var (line, own) in new[]
        {
            ("server 127.0.0.1:8080;", string.Join(' ', services.Select(service => $"server {service.Authority};"))),
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{Address.Port} ssl http2;"),
            ("/etc/nginx/tls/shop.example.crt", PathOf("shop.crt")),
            ("/etc/nginx/tls/shop.example.key", PathOf("shop.key")),
        })
        {
            if (!shown.Contains(line, StringComparison.Ordinal))
                throw new InvalidOperationException($"infra/nginx/thanosql.conf has no '{line}' any more.");
            shown = shown.Replace(line, own, StringComparison.Ordinal);
        }
        var parts = string.Join(' ', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(of => $"{of}_temp_path {PathOf(of)};"));
        File.WriteAllText(PathOf("nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid {{PathOf("pid")}};
            events { }
            http {
                access_log off;
                {{parts}}
                {{shown}}
            }
            """);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = TestCertificate.Of(Name, key);
        File.WriteAllText(PathOf("shop.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("shop.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", _folder.FullName, "-c", PathOf("nginx.conf"), "-e", PathOf("log")]))!;
        var clock = Stopwatch.StartNew();
        while (!await ListensAsync())
        {
            if (_process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException($"nginx did not start:\n{File.ReadAllText(PathOf("log"))}");
            await Task.Delay(20);
        }
    }

    private async Task<bool> ListensAsync()
    {
        using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
