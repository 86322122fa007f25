using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Client;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>The process of an uploaded network beside the program that started it.</summary>
public sealed partial class ModelHostProcessTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("thanosql-host-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task It_ends_with_the_program_and_neither_tells_others_about_models()
    {
        await StoreAsync("mine/colours.onnx", TestClassifier.OfColours());
        await StoreAsync("colours/g.png", TestPictures.Png(40, 40, (_, _, c) => c == 1 ? 200 : 20));
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        var token = await new TokenCatalog(postgres.DataSource, TimeProvider.System).CreateAsync("tests", TokenScope.Admin, null, Cancellation);
        await using var service = ThanoSqlProcess.Start(
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
        await RunAsync(client, "INSERT INTO colours VALUES ('colours/g.png')");
        await RunAsync(client, "UPLOAD MODEL colours OPTIONS (labels=['red', 'green', 'blue']) FROM 'mine/colours.onnx'");
        (await RunAsync(client, "PREDICT USING colours AS SELECT * FROM colours"))!.Rows.ShouldHaveSingleItem().ShouldContain("green");

        var child = ChildrenOf(service.Id).ShouldHaveSingleItem();
        File.ReadAllText($"/proc/{child}/cmdline").ShouldContain("model-host");
        // ONNX Runtime keeps a database of what it reports, unless it is told not to
        foreach (var process in new[] { service.Id, child })
        {
            Directory.GetFiles($"/proc/{process}/fd").Select(f => new FileInfo(f).LinkTarget ?? "")
                .ShouldAllBe(target => !target.Contains(".onnxruntime", StringComparison.Ordinal));
        }

        service.Kill();

        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (Directory.Exists($"/proc/{child}"))
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20, Cancellation);
        }
    }

    private static List<int> ChildrenOf(int parent) =>
    [
        .. Directory.GetDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && File.Exists($"/proc/{id}/status")
                && File.ReadAllText($"/proc/{id}/status").Contains($"PPid:\t{parent}\n", StringComparison.Ordinal)),
    ];

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
