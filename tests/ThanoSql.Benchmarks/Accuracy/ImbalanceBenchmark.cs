using Spectre.Console;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>
/// What a head knows of labels that have few pictures beside others that have many, on groceries of the Grocery Store dataset (official train split →
/// test split): one coarse label against all others, 99 : 1; and all labels with ever fewer pictures, the last with a 99th of the first's.
/// <c>--data DIR</c> holds <c>grocery/{train,test}/class/*.jpg</c> and <c>grocery/classes.csv</c>.
/// </summary>
internal static class ImbalanceBenchmark
{
    public const string Description = "Macro F1 with 99 times as many pictures of one label as of another, rows weighed or not (--data DIR)";

    private const double Ratio = 99;
    private const int LeastPictures = 2;
    private const int Kinds = 8; // coarse labels that take a turn as the rare one

    public static async Task RunAsync(string data, CancellationToken cancellationToken)
    {
        var grocery = Path.Combine(data, "grocery");
        var coarse = File.ReadLines(Path.Combine(grocery, "classes.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(f => f[0], f => f[2]);
        var train = LabelledPhotographs.OfFolders(Path.Combine(grocery, "train"));
        var test = LabelledPhotographs.OfFolders(Path.Combine(grocery, "test"));
        using var source = FeatureSource.Bundled("ConvNeXt_Atto");
        Console.WriteLine($"{source.Name}: looking at {train.Files.Count + test.Files.Count} photographs …");
        var sets = await Task.Run(
            () => new Sets(source.Size, source.Read(train.Files, cancellationToken), source.Read(test.Files, cancellationToken)), cancellationToken);

        var table = new Table().AddColumns("labels", "rows alike: accuracy", "macro F1", "labels alike: accuracy", "macro F1");
        var rare = Enumerable.ToArray(train.Labels.CountBy(l => coarse[l]).OrderByDescending(c => c.Value).Take(Kinds).Select(c => c.Key));
        var pairs = rare.Select(kind => Both(
            sets, train.Relabelled(l => coarse[l] == kind ? kind : "other").Labels, test.Relabelled(l => coarse[l] == kind ? kind : "other").Labels,
            cancellationToken)).ToList();
        Add(table, $"one against the others, 99 : 1, mean of {Kinds}", pairs);
        var (kinds, truth) = (train.Relabelled(l => coarse[l]).Labels, test.Relabelled(l => coarse[l]).Labels);
        Add(table, "coarse, ever fewer", [Both(sets, kinds, truth, cancellationToken)]);
        Add(table, "fine, ever fewer", [Both(sets, train.Labels, test.Labels, cancellationToken)]);
        AnsiConsole.Write(table);
    }

    private static (Evaluation Rows, Evaluation Labels) Both(
        Sets sets, IReadOnlyList<string> train, IReadOnlyList<string> truth, CancellationToken cancellationToken)
    {
        var rows = Thinned(train);
        Half[] values = [.. rows.SelectMany(row => sets.Train[(row * sets.Size)..((row + 1) * sets.Size)])];
        string[] labels = [.. rows.Select(row => train[row])];
        return (Test(balance: false), Test(balance: true));

        Evaluation Test(bool balance)
        {
            var options = new HeadTrainingOptions { BalanceLabels = balance };
            var head = HeadTrainer.Train(new TrainingSet(values, sets.Size, labels), options, cancellationToken: cancellationToken).Head;
            var answers = head.TopKBatch(sets.Test, 1, cancellationToken: cancellationToken);
            return Evaluation.Of(head.Labels, truth, [.. answers.Select(a => a[0].Label)]);
        }
    }

    // The labels in the order of how many pictures they have, each with a constant share of those of the one before
    private static List<int> Thinned(IReadOnlyList<string> labels)
    {
        var order = Enumerable.Range(0, labels.Count).ToArray();
        new Random(1).Shuffle(order);
        var kinds = order.GroupBy(row => labels[row]).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        var most = kinds[0].Count();
        return [.. kinds.SelectMany((kind, place) =>
            kind.Take(Math.Max(LeastPictures, (int)(most * Math.Pow(Ratio, -place / (kinds.Count - 1.0))))))];
    }

    private static void Add(Table table, string name, List<(Evaluation Rows, Evaluation Labels)> results) => table.AddRow(
        name, $"{results.Average(r => r.Rows.Accuracy):F3}", $"{results.Average(r => r.Rows.MacroF1):F3}",
        $"{results.Average(r => r.Labels.Accuracy):F3}", $"{results.Average(r => r.Labels.MacroF1):F3}");

    private sealed record Sets(int Size, Half[] Train, Half[] Test);
}
