using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Client;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>
/// The program as users build it, with ONNX Runtime for CUDA: the other tests run with the small one. Its build is kept below artifacts, so
/// that only the first run is slow.
/// </summary>
public sealed partial class CudaBuildTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private static readonly string Artifacts = Repository.File("artifacts/cuda");

    private readonly string _home = Directory.CreateTempSubdirectory("thanosql-cuda-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Without_a_gpu_it_says_why_and_answers_on_the_cpu()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidiactl"), "There is a GPU.");
        var program = await BuildAsync();
        File.Exists(Path.Combine(Path.GetDirectoryName(program)!, "libonnxruntime_providers_cuda.so")).ShouldBeTrue();
        await StoreAsync("mine/colours.onnx", TestClassifier.OfColours());
        await StoreAsync("colours/g.png", TestPictures.Png(40, 40, (_, _, c) => c == 1 ? 200 : 20));
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        var token = await new TokenCatalog(postgres.DataSource, TimeProvider.System).CreateAsync("tests", TokenScope.Admin, null, Cancellation);

        await using var service = ThanoSqlProcess.StartFrom(
            program,
            new Dictionary<string, string>
            {
                ["Database__ConnectionString"] = postgres.ConnectionString,
                ["Storage__Folder__Root"] = Path.Combine(_home, "store"),
                ["Models__Folder"] = Path.Combine(_home, "models"),
                ["Query__Urls"] = "http://127.0.0.1:0",
            },
            "up");
        await service.WaitForOutputAsync("Now listening on: ");
        using var client = new ServiceClient(new Uri(Address().Match(service.Output).Value), token);
        await RunAsync(client, "CREATE TABLE colours (image_path text)");
        await RunAsync(client, "CREATE TABLE labelled (image_path text, label text)");
        await RunAsync(client, "INSERT INTO colours VALUES ('colours/g.png')");
        await RunAsync(client, "UPLOAD MODEL colours OPTIONS (labels=['red', 'green', 'blue']) FROM 'mine/colours.onnx'");
        var answer = await RunAsync(client, "PREDICT USING colours AS SELECT * FROM colours");

        answer!.Rows.ShouldHaveSingleItem().ShouldContain("green");
        // Uploaded networks never ask for CUDA: a trunk of ours does
        foreach (var (name, red) in new[] { ("a", 200), ("b", 20), ("c", 210), ("d", 10), ("e", 220), ("f", 30) })
        {
            await StoreAsync($"labelled/{name}.png", TestPictures.Png(40, 40, (_, _, c) => c == 0 ? red : 90));
            await RunAsync(client, $"INSERT INTO labelled VALUES ('labelled/{name}.png', '{(red > 100 ? "red" : "dark")}')");
        }
        await RunAsync(client, "BUILD MODEL built USING ConvNeXt_Atto OPTIONS (epochs=1) AS SELECT * FROM labelled");
        await service.WaitForOutputAsync("Trunks run on the CPU: ");
        service.Output.ShouldNotContain("-p:Cuda=false");
        service.Output.ShouldNotContain("[E:onnxruntime");
    }

    // Nothing of the build around this test may reach it: the switch for the small one, above all.
    private static async Task<string> BuildAsync()
    {
        var start = new ProcessStartInfo(
            "dotnet", ["build", "src/ThanoSql.Indexer", "--artifacts-path", Artifacts, "-maxcpucount:1", "-nodeReuse:false", "-warnaserror"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("Cuda");
        using var build = Process.Start(start)!;
        var output = await build.StandardOutput.ReadToEndAsync(Cancellation);
        await build.WaitForExitAsync(Cancellation);
        build.ExitCode.ShouldBe(0, output);
        return Path.Combine(Artifacts, "bin/ThanoSql.Indexer/debug_linux-x64/thanosql.dll");
    }

    private static Task<ResultTable?> RunAsync(ServiceClient client, string statement) => client.RunAsync(statement, _ => { }, Cancellation);

    private async Task StoreAsync(string key, byte[] bytes)
    {
        var file = new FileInfo(Path.Combine(_home, "store", "workspace", key));
        file.Directory!.Create();
        await File.WriteAllBytesAsync(file.FullName, bytes, Cancellation);
    }

    [GeneratedRegex(@"(?<=Now listening on: )http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
