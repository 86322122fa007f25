using ThanoSql.Query.Datasets;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>Photographs and the label of each.</summary>
internal sealed record LabelledPhotographs(IReadOnlyList<string> Files, IReadOnlyList<string> Labels)
{
    /// <param name="folder">Holds <c>class/*.jpg</c>.</param>
    public static LabelledPhotographs OfFolders(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return new(files, [.. files.Select(file => Path.GetFileName(Path.GetDirectoryName(file)!))]);
    }

    /// <summary>The photographs of the tutorial by food group, fetched as GET THANOSQL DATASET fetches them.</summary>
    public static async Task<LabelledPhotographs> OfFoodsAsync(CancellationToken cancellationToken)
    {
        var files = new List<string>();
        var labels = new List<string>();
        foreach (var food in await FoodPhotographs.FetchAsync(DatasetCatalog.Cache, Console.WriteLine, cancellationToken))
        {
            await using var stream = (FileStream)await food.OpenAsync(cancellationToken);
            files.Add(stream.Name);
            labels.Add(food.Label!);
        }
        return new(files, labels);
    }

    public LabelledPhotographs Relabelled(Func<string, string> label) => this with { Labels = [.. Labels.Select(label)] };
}
