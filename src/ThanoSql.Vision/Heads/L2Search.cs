namespace ThanoSql.Vision.Heads;

/// <summary>
/// Chooses the L2 penalty by mean cross-entropy on rows held out of the fit: strengths from strong to weak, each fit starting from the one before,
/// until two in a row brought nothing. Taken is the strongest that is worse than the best by no more than one standard error (Breiman et al.,
/// "Classification and Regression Trees", 1984, section 3.4.3) or by next to nothing: photographs of one shop resemble each other, so that held-out
/// ones flatter weak strengths. This is done with the scatter within labels and without, and the one is taken whose cross-entropy is lower with the
/// temperature that a head gets in the end.
/// </summary>
internal static class L2Search
{
    private const int Folds = 5;
    private const int OneFoldFrom = 5000;
    private const int Patience = 2;

    // Of cross-entropy: 2 % of a probability.
    private const double NextToNothing = 0.02;

    // Half decades. The strength stands beside a sum over rows, as a prior's precision does, so it need not grow with their number.
    private static readonly double[] Strengths = [.. Enumerable.Range(0, 15).Select(i => 1e4 * Math.Pow(10, -i / 2.0))];

    /// <summary>Of the trials of <see cref="Run"/>; null when there are none.</summary>
    public static L2Trial? Choose(IReadOnlyList<L2Trial> trials) =>
        trials.GroupBy(t => t.WithinLabelScatter).Select(metric => Strongest([.. metric])).MinBy(t => t.CalibratedLoss);

    /// <param name="fit">On some rows.</param>
    /// <param name="index">Labels of all rows.</param>
    /// <param name="groups">Rows of one group are held out together; null for none.</param>
    /// <param name="seed">Chooses the folds.</param>
    /// <param name="metrics">Those to try: with the scatter within labels, or without.</param>
    /// <returns>Empty when no label has a second row to hold out.</returns>
    public static IReadOnlyList<L2Trial> Run(HeadFit fit, LabelIndex index, IReadOnlyList<int>? groups, ulong seed, params bool[] metrics)
    {
        var fold = Assign(index, groups, seed);
        var splits = Enumerable.Range(0, index.Rows.Length >= OneFoldFrom ? 1 : Folds)
            .Select(f => (Training: Where(fold, x => x != f), HeldOut: Where(fold, x => x == f)))
            .Where(s => s.Training.Length > 0 && s.HeldOut.Length > 0)
            .ToArray();
        return splits.Length == 0 ? [] : [.. metrics.SelectMany(scatter => Along(
            fit, [.. splits.Select(s => new Split(s.Training, s.HeldOut, fit.Metric(s.Training, scatter), fit.Initial()))], scatter))];
    }

    private static L2Trial Strongest(L2Trial[] trials)
    {
        var best = trials.MinBy(t => t.HeldOutLoss)!;
        return trials.Where(t => t.HeldOutLoss <= best.HeldOutLoss + Math.Max(best.StandardError, NextToNothing)).MaxBy(t => t.L2)!;
    }

    private static List<L2Trial> Along(HeadFit fit, Split[] splits, bool scatter)
    {
        var trials = new List<L2Trial>();
        var (best, idle) = (double.PositiveInfinity, 0);
        foreach (var l2 in Strengths)
        {
            var trial = Try(fit, splits, l2, scatter);
            trials.Add(trial);
            idle = trial.HeldOutLoss < best - (NextToNothing / 10) ? 0 : idle + 1;
            best = Math.Min(best, trial.HeldOutLoss);
            if (idle >= Patience)
                break;
        }
        return trials;
    }

    private static L2Trial Try(HeadFit fit, Split[] splits, double l2, bool scatter)
    {
        Head Fit(Split split) => fit.Run("choosing L2", split.Training, l2, split.Metric, split.Parameters).Head;
        HeadFit.Judgement[] judged = [.. splits.Select(s => fit.Judge(Fit(s), s.HeldOut))];
        float[] probabilities = [.. judged.SelectMany(j => j.Probabilities)];
        int[] truth = [.. judged.SelectMany(j => j.Truth)];
        var temperature = Temperature.Fit(probabilities, truth);
        var losses = Temperature.Losses(1, probabilities, truth);
        var mean = losses.Average();
        var variance = losses.Sum(loss => (loss - mean) * (loss - mean)) / Math.Max(1, losses.Length - 1);
        return new(
            l2, scatter, mean, Math.Sqrt(variance / losses.Length), (double)judged.Sum(j => j.Right) / losses.Length, temperature,
            Temperature.Losses(temperature, probabilities, truth).Average());
    }

    /// <summary>
    /// A fold per row: label by label, its groups shuffled by the seed and dealt out in turn; a label's only group stays in training.
    /// </summary>
    private static int[] Assign(LabelIndex index, IReadOnlyList<int>? groups, ulong seed)
    {
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        var ofGroup = new Dictionary<int, int>();
        var deal = 0;
        foreach (var label in Enumerable.Range(0, index.Rows.Length).GroupBy(r => index.Rows[r]).OrderBy(g => g.Key))
        {
            var own = label.Select(r => groups?[r] ?? r).Distinct().Where(g => !ofGroup.ContainsKey(g)).ToList();
            var alone = own.Count == 1;
            random.Shuffle(CollectionsMarshal.AsSpan(own));
            foreach (var group in own)
                ofGroup[group] = alone ? -1 : deal++ % Folds;
        }
        return [.. Enumerable.Range(0, index.Rows.Length).Select(r => ofGroup[groups?[r] ?? r])];
    }

    private static int[] Where(int[] fold, Predicate<int> test) => [.. Enumerable.Range(0, fold.Length).Where(r => test(fold[r]))];

    private sealed record Split(int[] Training, int[] HeldOut, double[]? Metric, double[] Parameters);
}
