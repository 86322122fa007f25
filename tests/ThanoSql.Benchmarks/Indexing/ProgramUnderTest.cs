using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog;
using ThanoSql.Embedding;
using ThanoSql.Storage.Folder;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>The published program with every role, on a folder store and a database of its own, with one pipeline and a model in service.</summary>
internal sealed class ProgramUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _home;
    private readonly Process _process;

    private ProgramUnderTest(string home, OwnedDatabase database, Process process, byte[] model, ModelMetadata metadata) =>
        (_home, Database, _process, Model, Metadata) = (home, database, process, model, metadata);

    public OwnedDatabase Database { get; }

    public int ProcessId => _process.Id;

    /// <summary>The published ONNX file.</summary>
    public byte[] Model { get; }

    public ModelMetadata Metadata { get; }

    /// <summary>Of the bucket; pictures below it are indexed. Move them there: writing takes time.</summary>
    public string Shop => Path.Combine(_home, "store", "workspace", "shop");

    /// <summary>On the same file system as <see cref="Shop"/>.</summary>
    public string Staging => Path.Combine(_home, "staging");

    /// <summary>Publishes the program as it stands in the checkout.</summary>
    /// <returns>The folder.</returns>
    public static async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(BenchmarkHost.Made, "program");
        await CommandLine.RunAsync(
            "dotnet", ["publish", "src/ThanoSql.Indexer", "-c", "Release", "-p:Cuda=false", "-o", folder], Repository(), cancellationToken);
        return folder;
    }

    /// <param name="program">Its folder.</param>
    /// <param name="algorithm">Bundled with the program; others get random weights.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="prepare">What the program finds when it starts: gets the shop's folder and the database.</param>
    public static async Task<ProgramUnderTest> StartAsync(
        string program, string algorithm, CancellationToken cancellationToken, Func<string, OwnedDatabase, Task>? prepare = null)
    {
        var home = Directory.CreateTempSubdirectory("thanosql-benchmark-").FullName;
        var database = await OwnedDatabase.CreateAsync("indexing", cancellationToken);
        var store = new FolderStore(Path.Combine(home, "store"));
        await store.EnsureBucketAsync("workspace", cancellationToken);
        Directory.CreateDirectory(Path.Combine(home, "store", "workspace", "shop"));
        Directory.CreateDirectory(Path.Combine(home, "staging"));
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(home, "pipelines")).FullName, "shop.yaml"), BenchmarkWorker.Pipeline,
            cancellationToken);
        await database.Owner.Command("CREATE TABLE public.shop (image_path text)").RunAsync(cancellationToken);
        var (model, metadata) = await ServeAsync(database, store, home, program, algorithm, cancellationToken);

        if (prepare is not null)
            await prepare(Path.Combine(home, "store", "workspace", "shop"), database);
        var url = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo(Path.Combine(program, "thanosql"), ["up", "--home", home, "--urls", url])
        {
            WorkingDirectory = home,
            RedirectStandardOutput = true,
        };
        start.Environment["Database__ConnectionString"] = database.ConnectionString;
        start.Environment["Storage__Kind"] = "folder";
        start.Environment["Models__Download"] = "false";
        start.Environment["Vision__Provider"] = "cpu";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var started = new ProgramUnderTest(home, database, process, model, metadata);
        await started.WaitUntilReadyAsync(new Uri(url), cancellationToken);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await Database.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    private static async Task<(byte[] Model, ModelMetadata Metadata)> ServeAsync(
        OwnedDatabase database, FolderStore store, string home, string program, string algorithm, CancellationToken cancellationToken)
    {
        var models = Directory.CreateDirectory(Path.Combine(home, "models")).FullName;
        var bundled = Path.Combine(program, "models", "base");
        if (!File.Exists(Path.Combine(bundled, algorithm + ".safetensors")))
        {
            var variant = ConvNeXtVariant.Find(algorithm) ?? throw new ArgumentException($"There is no algorithm '{algorithm}'.", nameof(algorithm));
            await File.WriteAllBytesAsync(
                Path.Combine(models, algorithm + ".safetensors"), RandomTrunk.Create(variant, BenchmarkWorker.Seed), cancellationToken);
        }
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Vision:Provider"] = "cpu",
            ["Models:Folder"] = models,
            ["Models:BundledFolder"] = bundled,
            ["Models:Download"] = "false",
        }).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton(database.Owner).AddCatalog(configuration);
        await using var provider = services.AddGuardedStore(_ => store).AddEmbedding(configuration).BuildServiceProvider();
        var space = await provider.GetRequiredService<EmbeddingSpaces>().OpenAsync(algorithm, null, cancellationToken);
        await BenchmarkWorker.ServeAsync(database.Owner, space, BenchmarkWorker.Seed, cancellationToken);

        var head = BenchmarkWorker.RandomHead(space, BenchmarkWorker.Seed);
        var metadata = new ModelMetadata("benchmark", 1, head.Labels, [.. head.Labels.Select(_ => 0f)], space.Embedder.Identity, Note: null);
        var file = Path.Combine(home, "published.onnx");
        ModelFile.Write(file, metadata, Trunk.Open(space.WeightsPath), head);
        return (await File.ReadAllBytesAsync(file, cancellationToken), metadata);
    }

    private async Task WaitUntilReadyAsync(Uri url, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        for (var since = Stopwatch.GetTimestamp(); ; await Task.Delay(100, cancellationToken))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The program ended with {_process.ExitCode}.");
            if (Stopwatch.GetElapsedTime(since) > Patience)
                throw new TimeoutException("The program is not ready.");
            try
            {
                using var reply = await http.GetAsync(new Uri(url, "/health/ready"), cancellationToken);
                var active = "SELECT count(*) FROM thanosql.pipelines WHERE state = 'active'";
                if (reply.IsSuccessStatusCode && await Database.Owner.Command(active).ScalarAsync<long>(cancellationToken) == 1)
                    return;
            }
            catch (HttpRequestException)
            {
                // it does not listen yet
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Repository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ThanoSql.Indexer.sln")))
                return folder;
        }
        throw new InvalidOperationException("Run the benchmark from a checkout of the repository.");
    }
}
