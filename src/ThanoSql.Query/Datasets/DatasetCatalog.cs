using ThanoSql.Language.Options;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Datasets;

/// <summary>
/// GET THANOSQL DATASET: puts a dataset's pictures and its CSV (image_path, label) into the workspace, below <c>thanosql-dataset/</c>.
/// </summary>
public sealed class DatasetCatalog(IObjectStore store, IOptions<DatasetOptions> datasets, IOptions<SqlOptions> sql)
{
    private const string Root = "thanosql-dataset";

    /// <summary>What was fetched for a dataset, kept between runs.</summary>
    internal static string Cache => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "thanosql", "datasets");

    /// <summary>Names and data types.</summary>
    public IReadOnlyList<(string Name, string DataType)> List() =>
        [.. datasets.Value.Keys.Append(FoodPhotographs.Dataset).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)
            .Select(name => (name, "image"))];

    /// <param name="name">One of <see cref="List"/>.</param>
    /// <param name="overwrite">False: a dataset that is already there is an error.</param>
    /// <param name="report">Progress, for people.</param>
    /// <param name="cancellationToken">What is written by then stays; asking again with overwrite completes it.</param>
    /// <exception cref="QueryException">Unknown name, already there, or its source cannot be reached.</exception>
    public async Task InstallAsync(string name, bool overwrite, Action<string> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(report);
        var csv = Csv(name);
        if (!overwrite && await store.StatAsync(csv, cancellationToken) is not null)
        {
            throw new QueryException(
                ErrorCode.DatasetExists, $"The dataset '{name}' is already in the workspace.", hint: "Write it again with OPTIONS (overwrite=True).");
        }

        var files = await FilesAsync(name, report, cancellationToken);
        await store.EnsureBucketAsync(sql.Value.Workspace, cancellationToken);
        for (var i = 0; i < files.Count; i++)
        {
            await using var content = await files[i].OpenAsync(cancellationToken);
            await store.WriteAsync(new ObjectPath(sql.Value.Workspace, PathOf(name, files[i])), content, null, cancellationToken);
            if ((i + 1) % 100 == 0 || i + 1 == files.Count)
                report(string.Create(CultureInfo.InvariantCulture, $"{i + 1} of {files.Count} pictures"));
        }
        // Last: the CSV says that the dataset is whole.
        using var table = new MemoryStream(Encoding.UTF8.GetBytes(Table(name, files)));
        await store.WriteAsync(csv, table, "text/csv", cancellationToken);
    }

    private async Task<IReadOnlyList<DatasetFile>> FilesAsync(string name, Action<string> report, CancellationToken cancellationToken)
    {
        if (datasets.Value.TryGetValue(name, out var folder))
            return FolderDataset.Read(name, folder);
        if (string.Equals(name, FoodPhotographs.Dataset, StringComparison.OrdinalIgnoreCase))
            return await FoodPhotographs.FetchAsync(Cache, report, cancellationToken);

        var names = List().Select(d => d.Name).ToList();
        var nearest = NearestName.Of(name, names);
        throw new QueryException(
            ErrorCode.UnknownDataset, $"There is no dataset '{name}'.",
            hint: nearest is null
                ? $"There are: {string.Join(", ", names)}. An own one: Datasets__{name}=/folder/of/label/file."
                : $"Did you mean '{nearest}'?");
    }

    // diet_data → thanosql-dataset/diet_data/diet.csv
    private ObjectPath Csv(string name) => new(sql.Value.Workspace, $"{Root}/{name}/{Stem(name)}.csv");

    private static string Stem(string name) => name.EndsWith("_data", StringComparison.Ordinal) ? name[..^5] : name;

    private static string PathOf(string name, DatasetFile file) => $"{Root}/{name}/{file.Name}";

    private static string Table(string name, IReadOnlyList<DatasetFile> files)
    {
        var csv = new StringBuilder("image_path,label\n");
        foreach (var file in files)
            csv.Append(Field(PathOf(name, file))).Append(',').Append(Field(file.Label ?? "")).Append('\n');
        return csv.ToString();
    }

    // RFC 4180
    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>GET THANOSQL DATASET.</summary>
internal sealed class DatasetHandler(DatasetCatalog datasets, StatementTurns turns)
{
    public async Task<StatementOutcome> RunAsync(StatementRequest request, GetDatasetStatement statement, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        var options = new OptionReader(request.Text, statement);
        var overwrite = options.Flag("overwrite", false);
        options.Complete();
        using var turn = await turns.EnterAsync(request.Token.Name, cancellationToken);
        turn.EndWork(); // it asks nothing of the database, and others shall not wait for a download
        await datasets.InstallAsync(statement.Dataset.Folded, overwrite, request.Report, cancellationToken);
        return new StatementOutcome(statement.Verb);
    }
}

/// <summary>One picture of a dataset.</summary>
/// <param name="Name">Its path below the dataset's folder in the workspace: <c>diet/과일/E001.jpeg</c>.</param>
/// <param name="Label">Null when the dataset has none.</param>
/// <param name="OpenAsync">Its bytes.</param>
internal sealed record DatasetFile(string Name, string? Label, Func<CancellationToken, Task<Stream>> OpenAsync);

/// <summary>Section <c>Datasets</c>: own datasets by name, besides the built-in <c>diet_data</c>.</summary>
/// <remarks>For example <c>Datasets__shop_data=/srv/photos</c>: a folder of label/file, or one with a CSV and the files that it names.</remarks>
public sealed class DatasetOptions : Dictionary<string, string>
{
    public DatasetOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }
}

/// <summary>A user's own dataset: a folder of label/file.</summary>
internal static class FolderDataset
{
    public static IReadOnlyList<DatasetFile> Read(string name, string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new QueryException(
                ErrorCode.DatasetUnavailable, $"The folder of the dataset '{name}' does not exist: {folder}",
                hint: $"Set Datasets__{name} to a folder of label/file.");
        }

        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => ImageSignature.IsUsualName(path))
            .Select(path => (path, relative: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .OrderBy(file => file.relative, StringComparer.Ordinal)
            .Select(file => new DatasetFile(file.relative, Label(file.relative), _ => Task.FromResult<Stream>(File.OpenRead(file.path))))];
    }

    // A picture that lies in no folder has no label.
    private static string? Label(string relative) => relative.Split('/') is [.., var label, _] ? label : null;
}
