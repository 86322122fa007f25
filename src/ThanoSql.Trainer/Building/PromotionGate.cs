namespace ThanoSql.Trainer.Building;

/// <summary>
/// Whether a candidate that nobody looked at may go into service: the rules of the pipeline, on the same held-out images for both versions.
/// </summary>
internal static class PromotionGate
{
    /// <param name="rule">Of the pipeline.</param>
    /// <param name="candidate">Judged on the held-out images.</param>
    /// <param name="candidateLabels">Its labels.</param>
    /// <param name="current">The version in service, judged on the same images now; null when the candidate is the first.</param>
    public static GateVerdict Judge(
        PromotionRule rule, VersionMetrics candidate, IReadOnlyList<string> candidateLabels, CurrentVersion? current)
    {
        var value = candidate.HeldOut == 0 ? null : candidate.Metric(rule.Metric);
        var before = current?.Metrics.Metric(rule.Metric) is { } measured && double.IsFinite(measured) ? measured : (double?)null;
        var refusals = new List<Refusal>();
        if (candidate.HeldOut == 0)
            refusals.Add(new Refusal(RefusalKind.NothingHeldOut));
        else
            CheckMetric(rule, value ?? double.NaN, before, current, refusals);
        if (candidate.HeldOut > 0)
            CheckSupport(rule, candidate, candidateLabels, refusals);
        if (current is not null && !rule.AllowLabelChanges)
            CheckLabels(candidateLabels, current.Labels, refusals);
        return new GateVerdict(rule.Metric, value is { } v && double.IsFinite(v) ? v : null, before, current?.Number, refusals)
        {
            NotWorse = current?.NotWorse,
        };
    }

    /// <summary>How sure a rule wants to be, 0 to 1.</summary>
    public static double Sure(PromotionRule rule) => rule.Sure ?? PromotionRule.UsualSure;

    private static void CheckMetric(PromotionRule rule, double value, double? before, CurrentVersion? current, List<Refusal> refusals)
    {
        if (!double.IsFinite(value))
        {
            refusals.Add(new Refusal(RefusalKind.NoNumber));
            return;
        }
        if (value < rule.AtLeast)
            refusals.Add(new Refusal(RefusalKind.TooLow, value, rule.AtLeast));
        if (value < before - rule.NotWorseBy)
            refusals.Add(new Refusal(RefusalKind.Worse, value, rule.NotWorseBy, before, current!.Number));
        else if (current?.NotWorse < Sure(rule))
            refusals.Add(new Refusal(RefusalKind.Unsure, current.NotWorse, Sure(rule), Version: current.Number));
    }

    private static void CheckSupport(PromotionRule rule, VersionMetrics candidate, IReadOnlyList<string> labels, List<Refusal> refusals)
    {
        var support = candidate.Labels.ToDictionary(l => l.Label, l => l.Support, StringComparer.Ordinal);
        var few = labels.Where(l => support.GetValueOrDefault(l) < rule.MinPerLabel).Order(StringComparer.Ordinal).ToList();
        if (few.Count > 0)
            refusals.Add(Refusal.About(RefusalKind.FewHeldOut, few, rule.MinPerLabel));
    }

    private static void CheckLabels(IReadOnlyList<string> candidate, IReadOnlyList<string> current, List<Refusal> refusals)
    {
        var (before, after) = (new Spellings(current), new Spellings(candidate));
        var missing = current.Where(label => !after.Know(after.Of(label))).ToList();
        var added = candidate.Where(label => !before.Know(before.Of(label))).ToList();
        if (missing.Count > 0)
            refusals.Add(Refusal.About(RefusalKind.LabelsMissing, missing));
        if (added.Count > 0)
            refusals.Add(Refusal.About(RefusalKind.LabelsNew, added));
    }
}

/// <summary>The version in service as the gate sees it.</summary>
/// <param name="Metrics">On the candidate's held-out images.</param>
internal sealed record CurrentVersion(int Number, IReadOnlyList<string> Labels, VersionMetrics Metrics)
{
    /// <summary>The share of resamples in which the candidate is not worse by more than the rule allows; null where that was not asked.</summary>
    public double? NotWorse { get; init; }
}
