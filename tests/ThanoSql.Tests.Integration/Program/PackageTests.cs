using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using ThanoSql.Indexer.Client;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>
/// The archive for machines without the SDK: made by its script, checked, unpacked, laid out and started as a systemd service is, with no dotnet
/// on PATH.
/// </summary>
public sealed partial class PackageTests : IAsyncLifetime
{
    private readonly string _folder = Path.Combine("/var/tmp", $"thanosql-package-{Guid.NewGuid():N}");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Home => Path.Combine(_folder, "home");

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await ThanoSqlProcess.StopDatabaseAsync(Home);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_archive_installs_and_runs_where_no_dotnet_is()
    {
        var made = Repository.File("artifacts/package");
        await RunAsync("bash", Repository.File("infra/package.sh"), "--out", made);
        await RunAsync("bash", "-c", $"cd '{made}' && sha256sum --check --strict SHA256SUMS && tar -C '{_folder}' -xzf thanosql-*-linux-x64.tar.gz");
        var unpacked = Directory.GetDirectories(_folder, "thanosql-*").ShouldHaveSingleItem();
        var root = Path.Combine(_folder, "root");
        var install = Path.Combine(unpacked, "install.sh");
        await RunAsync(install, "--root", root);
        var settings = Path.Combine(root, "etc/thanosql/thanosql.env");
        await File.WriteAllTextAsync(settings, "Query__Urls=\"http://127.0.0.1:0\"\n", Cancellation);
        await RunAsync(install, "--root", root); // an update

        (await File.ReadAllTextAsync(settings, Cancellation)).ShouldContain("127.0.0.1:0");
        Directory.Exists(Path.Combine(root, "opt/thanosql.previous")).ShouldBeTrue();
        await StartAsync(Path.Combine(root, "opt/thanosql/thanosql"));
    }

    private async Task StartAsync(string program)
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var address = Path.Combine(_folder, "notify");
        manager.Bind(new UnixDomainSocketEndPoint(address));
        var picture = Path.Combine(Home, "store", "workspace", "colours", "g.png");
        Directory.CreateDirectory(Path.GetDirectoryName(picture)!);
        await File.WriteAllBytesAsync(picture, TestPictures.Png(40, 40, (_, _, c) => c == 1 ? 200 : 20), Cancellation);
        var model = Path.Combine(Home, "store", "workspace", "mine", "colours.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(model)!);
        await File.WriteAllBytesAsync(model, TestClassifier.OfColours(), Cancellation);

        await using var service = ThanoSqlProcess.StartBy(
            await ManagerAsync(),
            new Dictionary<string, string> { ["PATH"] = Tools(), ["NOTIFY_SOCKET"] = address, ["Query__Urls"] = "http://127.0.0.1:0" },
            program, "up", "--home", Home);
        await service.WaitForOutputAsync("Now listening on: ");
        (await ReceiveAsync(manager)).ShouldContain("READY=1");

        var token = (await RunAsync(program, "token", "create", "tests", "--scope", "admin", "--home", Home)).Trim().Split('\n')[^1].Trim();
        using var client = new ServiceClient(new Uri(Address().Match(service.Output).Value), token);
        Task<ResultTable?> SqlAsync(string statement) => client.RunAsync(statement, _ => { }, Cancellation);
        await SqlAsync("CREATE TABLE colours (image_path text)");
        await SqlAsync("INSERT INTO colours VALUES ('colours/g.png')");
        await SqlAsync("UPLOAD MODEL colours OPTIONS (labels=['red', 'green', 'blue']) FROM 'mine/colours.onnx'"); // in a process of its own
        (await SqlAsync("PREDICT USING colours AS SELECT * FROM colours"))!.Rows.ShouldHaveSingleItem().ShouldContain("green");
        service.Terminate();
        (await service.WaitForExitAsync()).ShouldBe(0, service.Output);
    }

    // A process of this name is what the program takes for systemd when it is its parent
    private async Task<string> ManagerAsync()
    {
        var path = Path.Combine(_folder, "systemd");
        const string script = """
            #!/bin/sh
            trap 'kill -TERM $child' TERM
            "$@" &
            child=$!
            wait $child
            code=$?
            while kill -0 $child 2> /dev/null; do
                wait $child
                code=$?
            done
            exit $code
            """;
        await File.WriteAllTextAsync(path, script, Cancellation);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    // What PostgreSQL needs where this runs as root, and nothing else
    private string Tools()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "tools")).FullName;
        foreach (var tool in new[] { "runuser", "chown" })
        {
            var found = new[] { "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Select(place => Path.Combine(place, tool)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(folder, tool), found);
        }
        return folder;
    }

    private static async Task<string> ReceiveAsync(Socket manager)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        var buffer = new byte[1000];
        var received = await manager.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, received);
    }

    /// <summary>What it printed; it must end well. Nothing of this process's settings, or of the build around this test, reaches it.</summary>
    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        foreach (var name in start.Environment.Keys.Where(name => ThanoSqlProcess.IsSetting(name) || name == "Cuda").ToList())
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        process.ExitCode.ShouldBe(0, output + await errors);
        return output;
    }

    [GeneratedRegex(@"(?<=Now listening on: )http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
