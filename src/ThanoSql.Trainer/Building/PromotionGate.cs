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
        return new GateVerdict(rule.Metric, value is { } v && double.IsFinite(v) ? v : null, before, current?.Number, refusals);
    }

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
        var missing = current.Except(candidate, StringComparer.Ordinal).ToList();
        var added = candidate.Except(current, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            refusals.Add(Refusal.About(RefusalKind.LabelsMissing, missing));
        if (added.Count > 0)
            refusals.Add(Refusal.About(RefusalKind.LabelsNew, added));
    }
}

/// <summary>The version in service as the gate sees it.</summary>
/// <param name="Metrics">On the candidate's held-out images.</param>
internal sealed record CurrentVersion(int Number, IReadOnlyList<string> Labels, VersionMetrics Metrics);

/// <summary>Judges the version in service on a candidate's held-out images, so that both are measured alike, and asks the gate.</summary>
internal sealed class GateKeeper(NpgsqlDataSource database, VersionCatalog versions, VersionKeying keying)
{
    public async Task<GateVerdict> JudgeAsync(
        PromotionRule rule, BuildPlan plan, TrainingData data, VersionMetrics metrics, ModelVersion candidate, RunSession session) =>
        PromotionGate.Judge(rule, metrics, candidate.Labels, await CurrentAsync(plan, data, session));

    /// <returns>Why another version would be the same as one before; null when there is something to learn.</returns>
    public async Task<string?> NothingNewAsync(BuildPlan plan, TrainingData data, RunSession session)
    {
        if (plan.Existing is not { } model)
            return null;
        var same = (await versions.ListAsync(model.ModelId, session.Stopping)).Where(v => LearnedTheSame(v, plan, data)).ToList();
        if (same.Find(v => v.VersionId == model.CurrentVersionId) is { } current)
            return $"nothing new to learn from since version {current.Number}";
        if (same.Find(v => v is { State: VersionState.Rejected, PromotedAt: not null }) is { } left)
            return $"nothing new to learn from since version {left.Number}, which was taken back";
        if (!session.Run.Trigger.RepeatsRefused() && same.Find(v => v.State is VersionState.Rejected) is { } refused)
            return $"nothing new to learn from since version {refused.Number}, which was refused: {refused.Reason}";
        return null;
    }

    // A trunk that was tuned is a version's own
    private static bool LearnedTheSame(ModelVersion version, BuildPlan plan, TrainingData data) =>
        version.DataFingerprint == data.Fingerprint && plan.Options.AreThose(version.Options)
        && (plan.Options.FineTune || version.TrunkId == data.TrunkId);

    private async Task<CurrentVersion?> CurrentAsync(BuildPlan plan, TrainingData data, RunSession session)
    {
        if (plan.Existing?.CurrentVersionId is not { } id || await versions.FindAsync(id, session.Stopping) is not { HasLabels: true } current)
            return null;
        // With another trunk than the candidate's it may not have seen all of them
        await keying.EmbedAsync(current, [.. data.HeldOut.Select(c => c.Content)], session);
        var head = Head.FromBytes(current.Head);
        var heldOut = await EmbeddingSet.LoadAsync(
            database, data with { TrunkId = current.TrunkId, Dimensions = head.Dimensions }, [.. data.HeldOut], 1, session.Stopping);
        if (heldOut.Labels.Count == 0)
            return new CurrentVersion(current.Number, current.Labels, Nothing);
        var probabilities = new float[heldOut.Labels.Count * head.Labels.Count];
        head.ScoreBatch(heldOut.Values, probabilities, 0, session.Stopping);
        var evaluation = Evaluation.Of(head, probabilities, heldOut.Labels);
        return new CurrentVersion(current.Number, current.Labels, Nothing with
        {
            HeldOut = evaluation.Rows,
            Accuracy = evaluation.Accuracy,
            MacroPrecision = evaluation.MacroPrecision,
            MacroRecall = evaluation.MacroRecall,
            MacroF1 = evaluation.MacroF1,
        });
    }

    private static VersionMetrics Nothing => new(0, 0, 0, null, null, null, null, [], [], 0, 0, false);
}
