using Spectre.Console;
using ThanoSql.Benchmarks.Accuracy;
using ThanoSql.Vision.FineTuning;

namespace ThanoSql.Benchmarks.Training;

/// <summary>
/// BUILD MODEL's two ways from photographs to a model, in CPU time and in accuracy on photographs that neither saw: a head on the bundled trunk as it
/// is, and the trunk trained for five epochs in several ways. Grocery Store dataset (Klasson et al., WACV 2019), official train
/// split → test split with the val split to choose by, and the tutorial's foods in five folds, one of the other four to choose by.
/// <c>--rows N</c> takes N groceries at most to learn from.
/// </summary>
internal static class TuningBenchmark
{
    public const string Description = "A head on ConvNeXt_Atto as it is against fine-tuning, 5 epochs: foods, groceries (--data DIR, --rows N)";

    private const int Epochs = 5;
    private const int Folds = 5;

    private static readonly (string Name, FineTuneOptions Options)[] Ways =
    [
        ("fine-tuned", new() { Epochs = Epochs }),
        ("fine-tuned, every layer, 1e-4", new() { Epochs = Epochs, FrozenStages = 0, LearningRate = 1e-4 }),
        ("fine-tuned, slower layers near the picture, averaged", new() { Epochs = Epochs, LayerDecay = 0.8, Averaging = 0.98 }),
    ];

    public static async Task RunAsync(string data, int rows, CancellationToken cancellationToken)
    {
        var coarse = File.ReadLines(Path.Combine(data, "grocery", "classes.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(
            f => f[0], f => f[2]);
        var (train, val, test) = (Thin(Of("train"), rows), Of("val"), Of("test"));
        await PrintAsync("foods, 5-fold", Split(await LabelledPhotographs.OfFoodsAsync(cancellationToken)), cancellationToken);
        await PrintAsync("groceries, fine", [new(train, val, test)], cancellationToken);
        await PrintAsync(
            "groceries, coarse", [new(Coarse(train), Coarse(val), Coarse(test))], cancellationToken);

        LabelledPhotographs Of(string split) => LabelledPhotographs.OfFolders(Path.Combine(data, "grocery", split));
        LabelledPhotographs Coarse(LabelledPhotographs fine) => fine.Relabelled(c => coarse[c]);
    }

    private static async Task PrintAsync(string set, List<TuningTest> tests, CancellationToken cancellationToken)
    {
        var table = new Table().AddColumns(set, "CPU seconds", "held out", "test", "kept", "its test");
        var heads = tests.Select(t => t.Head(cancellationToken)).ToList();
        AddRow("a head on the trunk as it is", heads);
        foreach (var (name, options) in Ways)
        {
            var tuned = new List<TuningFigures>();
            foreach (var (test, head) in tests.Zip(heads))
                tuned.Add(await test.TuneAsync(options, head.Head, cancellationToken));
            AddRow(name, tuned);
        }
        AnsiConsole.Write(table);

        void AddRow(string way, List<TuningFigures> figures)
        {
            var kept = figures.Zip(heads, (after, before) => after.HeldOut < before.HeldOut ? before : after).ToList();
            table.AddRow(
                way, $"{figures.Sum(f => f.Spent.TotalSeconds):F0}", $"{figures.Average(f => f.HeldOut):F3}", $"{Mean(figures):F3}",
                $"{kept.Except(heads).Count()} of {tests.Count} tuned", $"{Mean(kept):F3}");
        }

        double Mean(List<TuningFigures> figures) => figures.Zip(tests, (f, t) => f.Test * t.Judged).Sum() / tests.Sum(t => t.Judged);
    }

    /// <summary>Each label dealt out evenly in a seeded order; of what is not judged by, the next fold chooses.</summary>
    private static List<TuningTest> Split(LabelledPhotographs all)
    {
        var order = Enumerable.Range(0, all.Files.Count).ToArray();
        new Random(1).Shuffle(order);
        var dealt = order.OrderBy(row => all.Labels[row], StringComparer.Ordinal).Select((row, at) => (row, fold: at % Folds)).ToList();
        return [.. Enumerable.Range(0, Folds).Select(test => new TuningTest(
            Rows(fold => fold != test && fold != (test + 1) % Folds), Rows(fold => fold == (test + 1) % Folds), Rows(fold => fold == test)))];

        LabelledPhotographs Rows(Func<int, bool> isIn) => Pick(all, dealt.Where(d => isIn(d.fold)).Select(d => d.row));
    }

    // Evenly over the folders, which are in order
    private static LabelledPhotographs Thin(LabelledPhotographs all, int most)
    {
        var count = Math.Min(most, all.Files.Count);
        return Pick(all, Enumerable.Range(0, count).Select(i => (int)((long)i * all.Files.Count / count)));
    }

    private static LabelledPhotographs Pick(LabelledPhotographs all, IEnumerable<int> rows)
    {
        int[] picked = [.. rows];
        return new([.. picked.Select(r => all.Files[r])], [.. picked.Select(r => all.Labels[r])]);
    }
}
