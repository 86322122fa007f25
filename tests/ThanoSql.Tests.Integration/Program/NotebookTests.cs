using System.Security.Cryptography;
using System.Text.Json;
using ThanoSql.Query.Datasets;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary><c>docs/tutorial.ipynb</c>, from its own cells.</summary>
public sealed class NotebookTests(NotebookTests.FewPhotographs service) : IClassFixture<NotebookTests.FewPhotographs>
{
    private static readonly string Notebook = Repository.File("docs/tutorial.ipynb");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_cells_run_in_order()
    {
        var run = await NotebookRun.RunAsync(Notebook, service.Client.Http.BaseAddress!, service.Token, Cancellation);

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Statements.Count.ShouldBe((await CellsAsync()).Count(cell => Source(cell).StartsWith("%%thanosql", StringComparison.Ordinal)));
        run.Pictures.Distinct().ShouldBe(["show", "see", "again"]);
        (await OneAsync("SELECT count(*) FROM products WHERE keyword_source = 'person'")).ShouldBe("1");
        (await OneAsync("SELECT count(*) FROM products WHERE keyword_source = 'model' AND keyword_version = 2")).ShouldBe("10");
        (await OneAsync("SELECT string_agg(state, ' ' ORDER BY version) FROM thanosql.model_versions")).ShouldBe("retired current");
    }

    [Fact]
    public async Task It_is_kept_without_outputs()
    {
        foreach (var cell in await CellsAsync())
        {
            cell.GetProperty("outputs").GetArrayLength().ShouldBe(0, Source(cell));
            cell.GetProperty("execution_count").ValueKind.ShouldBe(JsonValueKind.Null, Source(cell));
        }
    }

    private static async Task<IReadOnlyList<JsonElement>> CellsAsync()
    {
        using var notebook = JsonDocument.Parse(await File.ReadAllTextAsync(Notebook, Cancellation));
        return [.. notebook.RootElement.GetProperty("cells").EnumerateArray()
            .Where(cell => cell.GetProperty("cell_type").GetString() == "code").Select(cell => cell.Clone())];
    }

    private static string Source(JsonElement cell) => string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()));

    private async Task<string?> OneAsync(string sql) => (await service.Client.RunAsync(sql, _ => { }, Cancellation))!.Rows[0][0];

    /// <summary>A service whose <c>diet_data</c> is five photographs of each label, where there are so many that differ.</summary>
    public sealed class FewPhotographs(RealServers servers) : RunningService(servers)
    {
        private const int OfEach = 5;

        private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-diet-").FullName;

        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Datasets:diet_data"] = _folder };

        public override async ValueTask InitializeAsync()
        {
            var all = await FoodPhotographs.FetchAsync(DatasetCatalog.Cache, _ => { }, CancellationToken.None);
            foreach (var label in all.GroupBy(photograph => photograph.Label))
            {
                var different = new HashSet<string>();
                foreach (var photograph in label.TakeWhile(_ => different.Count < OfEach))
                {
                    using var bytes = new MemoryStream();
                    await using (var content = await photograph.OpenAsync(CancellationToken.None))
                        await content.CopyToAsync(bytes);
                    if (different.Add(Convert.ToHexString(SHA256.HashData(bytes.ToArray()))))
                        await WriteAsync(Path.Combine(_folder, photograph.Name), bytes.ToArray());
                }
            }
            await base.InitializeAsync();
        }

        private static async Task WriteAsync(string path, byte[] content)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, content);
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
