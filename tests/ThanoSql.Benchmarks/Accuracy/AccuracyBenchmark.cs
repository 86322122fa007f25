using Spectre.Console;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>
/// What the head of BUILD MODEL knows of photographs that it was not trained on, on each bundled trunk and on the features of the trunks' teacher:
/// groceries of the Grocery Store dataset (Klasson et al., WACV 2019), official train split → test split, and the tutorial's foods in five folds;
/// the same with a few pictures a label; how far its scores are from being probabilities; and how often the nearest other photograph of the same
/// set shows the same, which is what a search by picture gives.
/// <c>--data DIR</c> holds <c>grocery/{train,test}/class/*.jpg</c>, <c>grocery/classes.csv</c> and <c>teacher/mobilenetv2-features.onnx</c>.
/// </summary>
internal static class AccuracyBenchmark
{
    public const string Description = "Accuracy and calibration of heads on the bundled trunks and their teacher: groceries, foods (--data DIR)";

    private static readonly int[] Few = [2, 5, 20];

    public static async Task RunAsync(string data, CancellationToken cancellationToken)
    {
        var (grocery, teacher) = (Path.Combine(data, "grocery"), Path.Combine(data, "teacher", "mobilenetv2-features.onnx"));
        if (!Directory.Exists(grocery))
            throw new DirectoryNotFoundException($"{grocery} is not there: --data names the folder that holds grocery/ and teacher/.");
        var coarse = File.ReadLines(Path.Combine(grocery, "classes.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(f => f[0], f => f[2]);
        var sets = new PhotographSets(
            LabelledPhotographs.OfFolders(Path.Combine(grocery, "train")), LabelledPhotographs.OfFolders(Path.Combine(grocery, "test")),
            await LabelledPhotographs.OfFoodsAsync(cancellationToken), coarse);

        List<Figures> rows = [];
        if (File.Exists(teacher))
            await AddAsync(() => FeatureSource.Model("MobileNetV2 (teacher)", teacher));
        else
            AnsiConsole.MarkupLineInterpolated($"[grey]{teacher} is not there: the trunks are measured alone.[/]");
        foreach (var trunk in BundledTrunks.Sha256.Keys.Order(StringComparer.Ordinal))
            await AddAsync(() => FeatureSource.Bundled(trunk));
        AccuracyTables.Write(rows, sets);

        async Task AddAsync(Func<FeatureSource> source) =>
            rows.Add(await Task.Run(() => Measure(source(), sets, cancellationToken), cancellationToken));
    }

    private static Figures Measure(FeatureSource source, PhotographSets sets, CancellationToken cancellationToken)
    {
        using (source)
        {
            var (train, test, foods, coarse) = sets;
            Console.WriteLine($"{source.Name}: looking at {train.Files.Count + test.Files.Count + foods.Files.Count} photographs …");
            Half[] x = source.Read(train.Files, cancellationToken), y = source.Read(test.Files, cancellationToken),
                z = source.Read(foods.Files, cancellationToken);
            Console.WriteLine($"{source.Name}: training heads …");
            var head = new HeadTest(source.Size, cancellationToken);
            return new(
                source.Name,
                head.TrainAndTest(x, train.Relabelled(c => coarse[c]).Labels, y, test.Relabelled(c => coarse[c]).Labels),
                head.TrainAndTest(x, train.Labels, y, test.Labels),
                head.CrossValidate(z, foods.Labels),
                [.. Few.Select(rows => new FewFigures(
                    rows, head.Few(x, train.Labels, rows, draws: 5, (y, test.Labels)), head.Few(z, foods.Labels, rows, draws: 10)))],
                NearestTest.FirstIsAlike(source.Size, y, test.Labels, cancellationToken),
                NearestTest.FirstIsAlike(source.Size, z, foods.Labels, cancellationToken));
        }
    }
}

/// <param name="Coarse">Fine class → coarse class.</param>
internal sealed record PhotographSets(
    LabelledPhotographs Train, LabelledPhotographs Test, LabelledPhotographs Foods, IReadOnlyDictionary<string, string> Coarse);

/// <summary>All that is measured of one source of features.</summary>
internal sealed record Figures(
    string Name, HeadFigures Coarse, HeadFigures Fine, HeadFigures Foods, IReadOnlyList<FewFigures> Few, double NearestFine, double NearestFood);

/// <param name="Rows">A label.</param>
/// <param name="Fine">One for each draw.</param>
/// <param name="Foods">One for each draw.</param>
internal sealed record FewFigures(int Rows, IReadOnlyList<HeadFigures> Fine, IReadOnlyList<HeadFigures> Foods);
