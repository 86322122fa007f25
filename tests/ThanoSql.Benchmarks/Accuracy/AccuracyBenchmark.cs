using Spectre.Console;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>
/// What the head of BUILD MODEL knows of photographs that it was not trained on, on the bundled trunk and on the features of the trunk's teacher:
/// groceries of the Grocery Store dataset (Klasson et al., WACV 2019), official train split → test split, and the tutorial's foods in five folds.
/// Then how often the nearest other photograph of the same set shows the same, which is what a search by picture gives.
/// <c>--data DIR</c> holds <c>grocery/{train,test}/class/*.jpg</c>, <c>grocery/classes.csv</c> and <c>teacher/mobilenetv2-features.onnx</c>.
/// </summary>
internal static class AccuracyBenchmark
{
    public const string Description = "Accuracy of a head on the bundled trunk against its teacher: groceries, foods (--data DIR)";

    public static async Task RunAsync(string data, CancellationToken cancellationToken)
    {
        var (grocery, teacher) = (Path.Combine(data, "grocery"), Path.Combine(data, "teacher", "mobilenetv2-features.onnx"));
        if (!Directory.Exists(grocery))
            throw new DirectoryNotFoundException($"{grocery} is not there: --data names the folder that holds grocery/ and teacher/.");
        var coarse = File.ReadLines(Path.Combine(grocery, "classes.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(f => f[0], f => f[2]);
        var train = LabelledPhotographs.OfFolders(Path.Combine(grocery, "train"));
        var test = LabelledPhotographs.OfFolders(Path.Combine(grocery, "test"));
        var foods = await LabelledPhotographs.OfFoodsAsync(cancellationToken);

        var own = await Task.Run(() => Measure(FeatureSource.Bundled("ConvNeXt_Atto")), cancellationToken);
        var best =
            File.Exists(teacher) ? await Task.Run(() => Measure(FeatureSource.Model("MobileNetV2 (teacher)", teacher)), cancellationToken) : null;
        if (best is null)
            AnsiConsole.MarkupLineInterpolated($"[grey]{teacher} is not there: the trunk is measured alone.[/]");
        AnsiConsole.Write(TableOf(best is null ? [own] : [best, own]));

        Figures Measure(FeatureSource source)
        {
            using (source)
            {
                Console.WriteLine($"{source.Name}: looking at {train.Files.Count + test.Files.Count + foods.Files.Count} photographs …");
                Half[] x = source.Read(train.Files, cancellationToken), y = source.Read(test.Files, cancellationToken),
                z = source.Read(foods.Files, cancellationToken);
                return new(
                    source.Name,
                    HeadTest.TrainAndTest(
                        source.Size, x, train.Relabelled(c => coarse[c]).Labels, y, test.Relabelled(c => coarse[c]).Labels, cancellationToken),
                    HeadTest.TrainAndTest(source.Size, x, train.Labels, y, test.Labels, cancellationToken),
                    HeadTest.CrossValidate(source.Size, z, foods.Labels, cancellationToken),
                    NearestTest.FirstIsAlike(source.Size, y, test.Labels, cancellationToken),
                    NearestTest.FirstIsAlike(source.Size, z, foods.Labels, cancellationToken));
            }
        }

        Table TableOf(Figures[] rows)
        {
            var table = new Table().AddColumns(
                "features", $"groceries, {coarse.Values.Distinct().Count()} coarse", $"{test.Labels.Distinct().Count()} fine",
                $"foods, {foods.Labels.Distinct().Count()} groups, 5-fold",
                "nearest grocery is alike, fine", "nearest food is alike");
            foreach (var row in rows)
            {
                table.AddRow(
                    row.Name, $"{row.Coarse:F3}", $"{row.Fine:F3}", $"{row.Foods:F3}", $"{row.NearestFine:F3}", $"{row.NearestFood:F3}");
            }
            if (rows is [var first, .., var last])
            {
                table.AddRow(
                    "ratio", $"{last.Coarse / first.Coarse:F2}", $"{last.Fine / first.Fine:F2}", $"{last.Foods / first.Foods:F2}",
                    $"{last.NearestFine / first.NearestFine:F2}", $"{last.NearestFood / first.NearestFood:F2}");
            }
            return table;
        }
    }

    private sealed record Figures(string Name, double Coarse, double Fine, double Foods, double NearestFine, double NearestFood);
}
