using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// A shelf of twelve pictures for those who label, two of each label, and a model that has seen few others, in a service of its own. Tests of its
/// collection have it to themselves, one after the other.
/// </summary>
public sealed class Shelf() : DrawnService(new RealServers())
{
    public const string Collection = "shelf";
    public const string Model = "shelf_goods";
    public const string Place = "/label";
    public const int Size = 12;

    private const int Example = 500;
    private const int Each = 4;

    public override async ValueTask InitializeAsync()
    {
        await FollowAsync("shelf", Pipeline);
        await base.InitializeAsync();
        await RunAsync("CREATE TABLE shelf (image_path text PRIMARY KEY, name text, price integer)");
        await RunAsync($"INSERT INTO shelf VALUES {string.Join(", ", Numbers.Select(n => $"('{PathOf(n)}', '{LabelOf(n)} {n}', {1000 * n})"))}");
        await RunAsync("CREATE TABLE shelf_examples (image_path text, label text)");
        foreach (var n in Numbers)
            await StoreAsync(PathOf(n), StillLife.Of(LabelOf(n), 300 + n));
        var examples = StillLife.Labels.SelectMany(label => Enumerable.Range(Example, Each).Select(n => (label, n))).ToList();
        foreach (var (label, n) in examples)
            await StoreAsync(ExampleOf(label, n), StillLife.Of(label, n));
        await RunAsync($"INSERT INTO shelf_examples VALUES {string.Join(", ", examples.Select(e => $"('{ExampleOf(e.label, e.n)}', '{e.label}')"))}");
        await RunAsync(
            $"BUILD MODEL {Model} USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label', max_epochs=1, overwrite=True) "
            + "AS SELECT * FROM shelf_examples");
        await UntilAsync("SELECT count(*) FROM shelf WHERE keyword_score IS NOT NULL", Size);
    }

    /// <summary>Nobody has said anything.</summary>
    public async Task ClearAsync()
    {
        foreach (var path in await ListAsync("SELECT path FROM thanosql.labels WHERE pipeline = 'shelf'"))
            await LabelAsync(path, null);
    }

    /// <summary>The labels in force, as <c>shelf/1.jpg 과일</c>, by path.</summary>
    public Task<List<string>> LabelsAsync() =>
        ListAsync("SELECT path || ' ' || label FROM thanosql.labels WHERE pipeline = 'shelf' AND state = 'confirmed' ORDER BY path");

    /// <summary>Waits until so many labels are in force, and gives them.</summary>
    public async Task<List<string>> LabelsAsync(int count)
    {
        await UntilAsync("SELECT count(*) FROM thanosql.labels WHERE pipeline = 'shelf' AND state = 'confirmed'", count);
        return await LabelsAsync();
    }

    /// <summary>The version in service came after all that was said.</summary>
    public Task RenewAsync() => ListAsync("UPDATE thanosql.model_version SET promoted_at = clock_timestamp() WHERE state = 'current' RETURNING state");

    /// <summary>With the rights of the catalog's owner.</summary>
    public async Task<List<string>> ListAsync(string sql)
    {
        await using var command = Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancellation))
            rows.Add(reader.GetString(0));
        return rows;
    }

    public static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"shelf/{number:00}.jpg");

    /// <summary>What the picture shows.</summary>
    public static string LabelOf(int number) => StillLife.Labels[number % StillLife.Labels.Length];

    private static IEnumerable<int> Numbers => Enumerable.Range(1, Size);

    private static string ExampleOf(string label, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"shelf-examples/{Array.IndexOf(StillLife.Labels, label)}-{number}.jpg");

    private const string Pipeline =
        $"""
        name: shelf
        prefix: shelf/
        table: shelf
        model:
          name: {Model}
          train: SELECT image_path, label FROM shelf_examples
        after_new_rows: 20
        promote:
          not_worse_by: 1
        synonyms:
          견과: [nuts]
        search:
          columns: [name, price]
        """;
}

[CollectionDefinition(Shelf.Collection)]
public sealed class ShelfTests : ICollectionFixture<Shelf>;
