namespace ThanoSql.Vision.Heads;

/// <summary>Chooses the score from which a label counts as sure.</summary>
public static class LabelThresholds
{
    /// <summary>
    /// Per label the threshold with the best F1 on held-out rows, where a row is answered with its most probable label if that label's
    /// probability reaches the threshold, and with nothing otherwise. Among equals the lowest wins; 0 keeps every answer. A label without
    /// held-out rows takes the threshold with the best F1 of all labels pooled, and 0 when there are no rows at all.
    /// </summary>
    /// <param name="head">Its labels give the columns; its own thresholds do not matter.</param>
    /// <param name="probabilities">[N, K] of rows that the head was not trained on.</param>
    /// <param name="truth">[N]; a label that the head does not know only ever counts against the answer.</param>
    /// <returns>[K], 0 to 1.</returns>
    public static float[] Choose(Head head, ReadOnlySpan<float> probabilities, IReadOnlyList<string> truth)
    {
        var labels = head.Labels.Count;
        if (probabilities.Length != truth.Count * labels)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities are not {truth.Count} rows of {labels} labels.", nameof(probabilities));
        }

        var answers = head.Labels.ToDictionary(label => label, _ => new List<Answer>(), StringComparer.Ordinal);
        var pooled = new List<Answer>(truth.Count);
        for (var i = 0; i < truth.Count; i++)
        {
            var best = head.TopK(probabilities.Slice(i * labels, labels), 1)[0];
            var answer = new Answer(best.Score, best.Label == truth[i]);
            answers[best.Label].Add(answer);
            pooled.Add(answer);
        }
        var support = truth.CountBy(label => label, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var common = BestF1(pooled, truth.Count);
        return [.. head.Labels.Select(label => support.TryGetValue(label, out var rows) ? BestF1(answers[label], rows) : common)];
    }

    /// <param name="support">Rows that should have been answered so, kept or not.</param>
    private static float BestF1(List<Answer> answers, int support)
    {
        answers.Sort((a, b) => b.Score.CompareTo(a.Score));
        (double f1, float threshold) best = (0, 0);
        var right = 0;
        for (var kept = 1; kept <= answers.Count; kept++)
        {
            right += answers[kept - 1].Right ? 1 : 0;
            if (kept < answers.Count && answers[kept].Score == answers[kept - 1].Score)
                continue;
            var f1 = 2.0 * right / (kept + support);
            if (f1 > 0 && f1 >= best.f1)
                best = (f1, kept < answers.Count ? (answers[kept - 1].Score + answers[kept].Score) / 2 : 0);
        }
        return best.threshold;
    }

    private readonly record struct Answer(float Score, bool Right);
}
