namespace ThanoSql.Vision.Heads;

/// <summary>How well answers agree with labels. All rates are 0 to 1; a rate whose denominator is empty is 0, as in scikit-learn.</summary>
/// <param name="Rows">Rows judged.</param>
/// <param name="MacroPrecision">Mean over the labels that occur among the rows' labels or the answers.</param>
/// <param name="MacroRecall">As <paramref name="MacroPrecision"/>.</param>
/// <param name="MacroF1">As <paramref name="MacroPrecision"/>: the mean of the labels' F1, not the F1 of the means.</param>
/// <param name="Labels">One per label of the confusion matrix, in its order.</param>
/// <param name="Confusion">[true label][answer]: rows.</param>
public sealed record Evaluation(
    int Rows,
    double Accuracy,
    double MacroPrecision,
    double MacroRecall,
    double MacroF1,
    IReadOnlyList<LabelMetrics> Labels,
    IReadOnlyList<IReadOnlyList<int>> Confusion)
{
    /// <summary>Compares answers with the truth.</summary>
    /// <param name="labels">The head's labels. Rows may carry others (a label that the head never saw): they count as wrong.</param>
    /// <exception cref="ArgumentException">No rows, or not as many answers as rows.</exception>
    public static Evaluation Of(IReadOnlyList<string> labels, IReadOnlyList<string> truth, IReadOnlyList<string> answers)
    {
        if (truth.Count == 0 || truth.Count != answers.Count)
            throw new ArgumentException($"{truth.Count} rows and {answers.Count} answers cannot be compared.", nameof(truth));
        string[] all = [.. labels.Concat(truth).Concat(answers).Distinct(StringComparer.Ordinal)];
        var position = all.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        var confusion = all.Select(_ => new int[all.Length]).ToArray();
        for (var i = 0; i < truth.Count; i++)
            confusion[position[truth[i]]][position[answers[i]]]++;
        LabelMetrics[] metrics = [.. all.Select((label, k) => LabelMetrics.Of(label, k, confusion))];
        LabelMetrics[] seen = [.. metrics.Where(m => m.Support > 0 || m.Answered > 0)];
        var right = all.Select((_, k) => confusion[k][k]).Sum();
        return new(
            truth.Count, (double)right / truth.Count, seen.Average(m => m.Precision), seen.Average(m => m.Recall), seen.Average(m => m.F1), metrics,
            confusion);
    }

    /// <summary>Judges the best label of each row of probabilities [N, K].</summary>
    public static Evaluation Of(Head head, ReadOnlySpan<float> probabilities, IReadOnlyList<string> truth)
    {
        if (probabilities.Length != truth.Count * head.Labels.Count)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities are not {truth.Count} rows of {head.Labels.Count} labels.", nameof(probabilities));
        }

        var answers = new string[truth.Count];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = head.TopK(probabilities.Slice(i * head.Labels.Count, head.Labels.Count), 1)[0].Label;
        return Of(head.Labels, truth, answers);
    }
}

/// <summary>One label's share of an <see cref="Evaluation"/>.</summary>
/// <param name="Support">Rows that carry the label.</param>
/// <param name="Answered">Rows that were answered with it.</param>
public sealed record LabelMetrics(string Label, double Precision, double Recall, double F1, int Support, int Answered)
{
    internal static LabelMetrics Of(string label, int k, int[][] confusion)
    {
        var right = confusion[k][k];
        var support = confusion[k].Sum();
        var answered = confusion.Sum(row => row[k]);
        return new(label, Ratio(right, answered), Ratio(right, support), Ratio(2 * right, support + answered), support, answered);
    }

    private static double Ratio(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
