using ThanoSql.Vision.Heads;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>How often the head of BUILD MODEL is right about rows that it was not trained on.</summary>
internal static class HeadTest
{
    public static double TrainAndTest(
        int size, Half[] train, IReadOnlyList<string> labels, Half[] test, IReadOnlyList<string> truth, CancellationToken cancellationToken)
    {
        var trained = HeadTrainer.Train(new TrainingSet(train, size, labels), cancellationToken: cancellationToken);
        var answers = trained.Head.TopKBatch(test, 1, cancellationToken: cancellationToken);
        return answers.Zip(truth).Count(pair => pair.First[0].Label == pair.Second) / (double)truth.Count;
    }

    /// <summary>Five folds, each label dealt out evenly in a seeded order; the share of all rows that is answered rightly.</summary>
    public static double CrossValidate(int size, Half[] features, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        const int Folds = 5;
        var order = Enumerable.Range(0, labels.Count).ToArray();
        new Random(1).Shuffle(order);
        var folds = order.GroupBy(row => labels[row]).OrderBy(label => label.Key, StringComparer.Ordinal).SelectMany(label => label)
            .Select((row, dealt) => (row, fold: dealt % Folds)).ToLookup(deal => deal.fold, deal => deal.row);
        var right = 0.0;
        foreach (var fold in folds)
        {
            int[] test = [.. fold], train = [.. folds.Where(other => other.Key != fold.Key).SelectMany(other => other)];
            right += test.Length * TrainAndTest(size, Rows(train), LabelsOf(train), Rows(test), LabelsOf(test), cancellationToken);
        }
        return right / labels.Count;

        Half[] Rows(int[] rows) => [.. rows.SelectMany(row => features[(row * size)..((row + 1) * size)])];
        string[] LabelsOf(int[] rows) => [.. rows.Select(row => labels[row])];
    }
}
