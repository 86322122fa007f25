using ThanoSql.Vision.Heads;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>What the head of BUILD MODEL makes of rows that it was not trained on, as it is fitted and with its temperature.</summary>
internal sealed class HeadTest(int size, CancellationToken cancellationToken)
{
    private const int Folds = 5;

    /// <summary>
    /// The temperature of each half of the test rows comes from the other half: nothing that is judged was seen by fit or temperature, and both
    /// halves are of one kind, as the held-out part of a BUILD and what is photographed next.
    /// </summary>
    public HeadFigures TrainAndTest(Half[] train, IReadOnlyList<string> labels, Half[] test, IReadOnlyList<string> truth)
    {
        var head = Train(train, labels).Head;
        var order = Dealt(truth);
        int[] even = [.. order.Where((_, i) => i % 2 == 0)], odd = [.. order.Where((_, i) => i % 2 == 1)];
        return new(Judged.Of(head, test, truth), Judged.Pooled([Half(odd, even), Half(even, odd)]));

        Judged Half(int[] calibration, int[] judged)
        {
            var known = LabelsOf(truth, calibration);
            var probabilities = new float[known.Length * head.Labels.Count];
            head.ScoreBatch(Rows(test, calibration), probabilities);
            var calibrated = head.WithTemperature(Temperature.Fit(head, probabilities, known));
            return Judged.Of(calibrated, Rows(test, judged), LabelsOf(truth, judged));
        }
    }

    /// <summary>Five folds, each label dealt out evenly in a seeded order, pooled. The temperature is that of the folds that chose L2.</summary>
    public HeadFigures CrossValidate(Half[] features, IReadOnlyList<string> labels)
    {
        var order = Dealt(labels);
        return HeadFigures.Pooled(Enumerable.Range(0, Folds).Select(fold => TrainOn(
            features, labels, [.. order.Where((_, i) => i % Folds != fold)], [.. order.Where((_, i) => i % Folds == fold)])));
    }

    /// <summary>Training sets of a few rows a label, drawn anew each time; the rest of the same rows, or other rows, judge.</summary>
    /// <param name="rows">Of each label.</param>
    /// <param name="draws">How many training sets.</param>
    /// <param name="test">Rows and labels that judge; null for those that were not drawn.</param>
    public HeadFigures[] Few(
        Half[] features, IReadOnlyList<string> labels, int rows, int draws, (Half[] Features, IReadOnlyList<string> Labels)? test = null) =>
        [.. Enumerable.Range(0, draws).Select(draw =>
        {
            int[] all = [.. Enumerable.Range(0, labels.Count)];
            new Random(draw).Shuffle(all);
            int[] drawn = [.. all.GroupBy(row => labels[row]).SelectMany(label => label.Take(rows))];
            return test is { } other
                ? Judge(Train(Rows(features, drawn), LabelsOf(labels, drawn)), other.Features, other.Labels)
                : TrainOn(features, labels, drawn, [.. all.Except(drawn)]);
        })];

    private HeadFigures TrainOn(Half[] features, IReadOnlyList<string> labels, int[] train, int[] test) =>
        Judge(Train(Rows(features, train), LabelsOf(labels, train)), Rows(features, test), LabelsOf(labels, test));

    private static HeadFigures Judge(HeadTrainingResult trained, Half[] test, IReadOnlyList<string> truth) => new(
        Judged.Of(trained.Head, test, truth), Judged.Of(trained.Head.WithTemperature(trained.Temperature), test, truth));

    private HeadTrainingResult Train(Half[] rows, IReadOnlyList<string> labels) =>
        HeadTrainer.Train(new TrainingSet(rows, size, labels), cancellationToken: cancellationToken);

    /// <summary>Rows in a seeded order, label by label.</summary>
    private static int[] Dealt(IReadOnlyList<string> labels)
    {
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        new Random(1).Shuffle(order);
        return [.. order.GroupBy(row => labels[row]).OrderBy(label => label.Key, StringComparer.Ordinal).SelectMany(label => label)];
    }

    private Half[] Rows(Half[] features, int[] rows) => [.. rows.SelectMany(row => features[(row * size)..((row + 1) * size)])];

    private static string[] LabelsOf(IReadOnlyList<string> labels, int[] rows) => [.. rows.Select(row => labels[row])];
}

/// <summary>A head as it is fitted, and with its temperature; the answers are the same.</summary>
internal sealed record HeadFigures(Judged Fitted, Judged Calibrated)
{
    public static HeadFigures Pooled(IEnumerable<HeadFigures> parts)
    {
        HeadFigures[] all = [.. parts];
        return new(Judged.Pooled([.. all.Select(p => p.Fitted)]), Judged.Pooled([.. all.Select(p => p.Calibrated)]));
    }
}
