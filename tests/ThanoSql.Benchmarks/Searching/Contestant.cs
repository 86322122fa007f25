using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThanoSql.Benchmarks.Searching;

/// <summary>A process that answers searches: ours, or the rival.</summary>
internal sealed class Contestant : IDisposable
{
    public const string Allocated = "/allocated";

    private const string OurAllocated = "dotnet_gc_heap_total_allocated_bytes_total";

    private readonly Process _process;
    private readonly string _allocated;

    private Contestant(Process process, Uri address, string allocated, string? token) =>
        (_process, Address, _allocated, Token) = (process, address, allocated, token);

    public Uri Address { get; }

    public string? Token { get; }

    /// <summary><c>thanosql query</c> as it is delivered.</summary>
    public static Task<Contestant> OursAsync(OwnedDatabase database, string broker, string folder, string token, CancellationToken stop) =>
        StartAsync(
            address => ["thanosql.dll", "query", "--urls", address], "/metrics", token,
            new Dictionary<string, string>
            {
                ["Database__ConnectionString"] = database.ConnectionString,
                ["Bus__Transport"] = "rabbitmq",
                ["Bus__RabbitMq__Uri"] = broker,
                ["Storage__Kind"] = "folder",
                ["Storage__Folder__Root"] = Path.Combine(folder, "store"),
                ["Models__Folder"] = Path.Combine(folder, "models"),
                ["Indexing__QueuePrefix"] = Path.GetFileName(folder),
            },
            stop);

    public static Task<Contestant> RivalAsync(OwnedDatabase database, CancellationToken stop) => StartAsync(
        address => ["ThanoSql.Benchmarks.dll", RivalApi.Verb, address, database.ConnectionString], Allocated, null,
        new Dictionary<string, string> { ["DOTNET_gcServer"] = "1" }, stop); // as the SDK's web projects have it

    /// <summary>Bytes that the process has allocated since its start.</summary>
    public async Task<long> AllocatedAsync(HttpClient client, CancellationToken stop)
    {
        var text = await client.GetStringAsync(new Uri(Address, _allocated), stop);
        if (_allocated == Allocated)
            return long.Parse(text, CultureInfo.InvariantCulture);
        var line = text.Split('\n').First(l => l.StartsWith(OurAllocated, StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Of the process, as the kernel counts them.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<Contestant> StartAsync(
        Func<string, IReadOnlyList<string>> command, string allocated, string? token, Dictionary<string, string> settings, CancellationToken stop)
    {
        var address = $"http://127.0.0.1:{FreePort()}/";
        var arguments = command(address);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, arguments[0]), .. arguments.Skip(1)])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, stop); // a full pipe would stop it
        var contestant = new Contestant(process, new Uri(address), allocated, token);
        await contestant.AnswersAsync(stop);
        return contestant;
    }

    private async Task AnswersAsync(CancellationToken stop)
    {
        using var client = new HttpClient();
        while (!_process.HasExited)
        {
            try
            {
                await client.GetStringAsync(new Uri(Address, _allocated), stop);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, stop);
            }
        }
        throw new InvalidOperationException($"A process ended with {_process.ExitCode} before it answered.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
