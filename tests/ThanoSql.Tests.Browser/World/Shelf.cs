using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// Two shelves for those who label, in a service of their own: twelve pictures on each, two of each label. The model of <c>shelf</c> has seen others
/// of all labels, the model of <c>stock</c> of two labels only. Tests of the collection have them to themselves, one after the other.
/// </summary>
public sealed class Shelf() : DrawnService(new RealServers())
{
    public const string Collection = "shelf";
    public const string Place = "/label?pipeline=shelf";
    public const int Size = 12;

    private const int Example = 500;
    private const int Each = 4;

    public override async ValueTask InitializeAsync()
    {
        await FollowAsync("shelf", Pipeline("shelf"));
        await FollowAsync("stock", Pipeline("stock"));
        await base.InitializeAsync();
        foreach (var label in StillLife.Labels)
        {
            foreach (var number in Examples)
                await StoreAsync(ExampleOf(label, number), StillLife.Of(label, number));
        }
        await FillAsync("shelf", StillLife.Labels);
        await FillAsync("stock", StillLife.Labels.Take(2));
    }

    private async Task FillAsync(string name, IEnumerable<string> known)
    {
        await RunAsync($"CREATE TABLE {name} (image_path text PRIMARY KEY, name text, price integer)");
        await RunAsync(
            $"INSERT INTO {name} VALUES {string.Join(", ", Numbers.Select(n => $"('{PathOf(n, name)}', '{LabelOf(n)} {n}', {1000 * n})"))}");
        foreach (var n in Numbers)
            await StoreAsync(PathOf(n, name), StillLife.Of(LabelOf(n), 300 + n));
        await RunAsync($"CREATE TABLE {name}_examples (image_path text, label text)");
        var examples = known.SelectMany(label => Examples.Select(number => $"('{ExampleOf(label, number)}', '{label}')"));
        await RunAsync($"INSERT INTO {name}_examples VALUES {string.Join(", ", examples)}");
        await RunAsync(
            $"BUILD MODEL {name}_goods USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label', max_epochs=1, overwrite=True) "
            + $"AS SELECT * FROM {name}_examples");
        await UntilAsync($"SELECT count(*) FROM {name} WHERE keyword_score IS NOT NULL", Size);
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
    public Task RenewAsync() =>
        ListAsync("UPDATE thanosql.model_version SET promoted_at = clock_timestamp() WHERE state = 'current' RETURNING state");

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

    public static string PathOf(int number, string shelf = "shelf") => string.Create(CultureInfo.InvariantCulture, $"{shelf}/{number:00}.jpg");

    /// <summary>What the picture shows.</summary>
    public static string LabelOf(int number) => StillLife.Labels[number % StillLife.Labels.Length];

    private static IEnumerable<int> Numbers => Enumerable.Range(1, Size);

    private static IEnumerable<int> Examples => Enumerable.Range(Example, Each);

    private static string ExampleOf(string label, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"examples/{Array.IndexOf(StillLife.Labels, label)}-{number}.jpg");

    private static string Pipeline(string name) =>
        $"""
        name: {name}
        prefix: {name}/
        table: {name}
        model:
          name: {name}_goods
          train: SELECT image_path, label FROM {name}_examples
        after_new_rows: 20
        promote:
          not_worse_by: 1
          min_per_label: 0
          allow_label_changes: true
        synonyms:
          견과: [nuts]
        search:
          columns: [name, price]
        """;
}

[CollectionDefinition(Shelf.Collection)]
public sealed class ShelfTests : ICollectionFixture<Shelf>;
