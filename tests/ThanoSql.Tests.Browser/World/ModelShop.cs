using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// A service for tests of models. <c>doubts</c> learned labels that have nothing to do with what its pictures show, so that it mixes them up;
/// <c>many</c> has 101 labels, and no pictures of what it mixes up; <c>alike</c> has no labels at all; <c>flow_ko</c> and <c>flow_en</c> are trained
/// by pipelines of their own, and belong to one test each.
/// </summary>
public sealed class ModelShop(RealServers servers) : RunningService(servers)
{
    private const int OfLabel = 12;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected override string Pipelines => Path.Combine(Home, "pipelines");

    public override async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Pipelines);
        foreach (var language in new[] { "ko", "en" })
            await File.WriteAllTextAsync(Path.Combine(Pipelines, $"flow_{language}.yaml"), Pipeline($"flow_{language}"), Cancellation);
        await base.InitializeAsync();
        foreach (var label in new[] { "과일", "채소", "버섯" })
        {
            for (var number = 1; number <= 2 * OfLabel; number++)
                await StoreAsync(PathOf(label, number), StillLife.Of(label, number));
        }
        await TableAsync("doubts", number => number % 2 == 0 ? "곡물" : "견과");
        await BuildAsync("doubts");
        await BuildAsync("many", "doubts");
        await GiveLabelsAsync("many", 101);
        await RunAsync("BUILD MODEL alike USING SimCLR AS SELECT * FROM doubts");
        foreach (var flow in new[] { "flow_ko", "flow_en" })
        {
            await TableAsync(flow, _ => null);
            await BuildAsync(flow);
        }
    }

    /// <summary>Adds pictures of a label to what a model learns from.</summary>
    internal Task TeachAsync(string table, string label) => RunAsync(
        $"INSERT INTO {table} VALUES {string.Join(", ", Enumerable.Range(OfLabel + 1, OfLabel).Select(n => $"('{PathOf(label, n)}', '{label}')"))}");

    /// <summary>The only value of a statement of the catalog's owner.</summary>
    internal async Task<T> CatalogAsync<T>(string sql)
    {
        await using var command = Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    /// <summary>The metrics of the version of a model that is in use, as the catalog has them.</summary>
    internal async Task<VersionMetrics> MetricsAsync(string model) => VersionMetrics.Parse(await CatalogAsync<string>(
        "SELECT v.metrics::text FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id "
        + $"WHERE m.name = '{model}'"))!;

    private static string PathOf(string label, int number) => string.Create(CultureInfo.InvariantCulture, $"pictures/{label}-{number:000}.jpg");

    private async Task RunAsync(string statement) => await Client.RunAsync(statement, _ => { }, Cancellation);

    private async Task StoreAsync(string path, byte[] picture)
    {
        using var body = new ByteArrayContent(picture);
        using var stored = await Client.Http.PutAsync(new Uri($"/api/v1/images/{path}", UriKind.Relative), body, Cancellation);
        stored.StatusCode.ShouldBe(HttpStatusCode.Created, await stored.Content.ReadAsStringAsync(Cancellation));
    }

    // Each picture of two labels, under its own or another's name
    private async Task TableAsync(string table, Func<int, string?> labelOf)
    {
        var rows = from label in new[] { "과일", "채소" }
                   from number in Enumerable.Range(1, OfLabel)
                   select $"('{PathOf(label, number)}', '{labelOf(number) ?? label}')";
        await RunAsync($"CREATE TABLE {table} (image_path text, label text)");
        await RunAsync($"INSERT INTO {table} VALUES {string.Join(", ", rows)}");
    }

    private Task BuildAsync(string model, string? table = null) => RunAsync(
        $"BUILD MODEL {model} USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label', max_epochs=1, overwrite=True) "
        + $"AS SELECT * FROM {table ?? model}");

    private async Task GiveLabelsAsync(string model, int labels)
    {
        var matrix = Enumerable.Range(0, labels).Select(_ => new int[labels]).ToArray();
        for (var k = 0; k < labels; k++)
            (matrix[k][k], matrix[k][(k + 7) % labels]) = (20, k % 5);
        LabelLine[] lines =
            [.. Enumerable.Range(0, labels).Select(k => new LabelLine($"a label with a long name {k}", 0.9, 0.8, 0.5 + k / 300.0, 24, 0.5f))];
        var metrics = new VersionMetrics(3000, 2000, 2222, 0.9, 0.9, 0.9, 0.9, lines, matrix, 1, 1, true);
        await CatalogAsync<long>(
            $"""
             WITH changed AS (
                 UPDATE thanosql.model_version v SET metrics = '{metrics.ToJson()}' FROM thanosql.model m
                 WHERE m.name = '{model}' AND v.version_id = m.current_version_id RETURNING version_id)
             DELETE FROM thanosql.held_out_answer WHERE version_id = (SELECT version_id FROM changed) RETURNING version_id
             """);
    }

    private static string Pipeline(string name) =>
        $"""
        name: {name}
        prefix: {name}/
        table: {name}
        rows: attach
        model:
          name: {name}
          train: SELECT image_path, label FROM {name}
        schedule: 0 0 3 * * ?
        promote:
          not_worse_by: 1
        """;
}
