namespace ThanoSql.Trainer.Building;

/// <summary>Judges the version in service on a candidate's held-out images, so that both are measured alike, and asks the gate.</summary>
internal sealed class GateKeeper(NpgsqlDataSource database, VersionCatalog versions, VersionKeying keying)
{
    public async Task<GateVerdict> JudgeAsync(PromotionRule rule, BuildPlan plan, Candidate candidate, RunSession session)
    {
        session.Report("comparing with the version in service", 0, 0);
        var verdict = PromotionGate.Judge(
            rule, candidate.Metrics, candidate.Trained.Head.Labels, await CurrentAsync(rule, plan, candidate, session));
        if (verdict.Comparison() is { } comparison)
            session.Say($"Compared: {comparison}.");
        return verdict;
    }

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

    private async Task<CurrentVersion?> CurrentAsync(PromotionRule rule, BuildPlan plan, Candidate candidate, RunSession session)
    {
        if (plan.Existing?.CurrentVersionId is not { } id || await versions.FindAsync(id, session.Stopping) is not { HasLabels: true } current)
            return null;
        var data = candidate.Data;
        // With another trunk than the candidate's it may not have seen all of them
        await keying.EmbedAsync(current, [.. data.HeldOut.Select(c => c.Content)], session);
        var head = Head.FromBytes(current.Head);
        var heldOut = await EmbeddingSet.LoadAsync(
            database, data with { TrunkId = current.TrunkId, Dimensions = head.Dimensions }, [.. data.HeldOut], 1, session.Stopping);
        if (heldOut.Labels.Count == 0)
            return new CurrentVersion(current.Number, current.Labels, Nothing);
        var answers = head.TopKBatch(heldOut.Values, 1, cancellationToken: session.Stopping).Select(best => best[0].Label).ToList();
        var spellings = new Spellings(current.Labels);
        List<string> truth = [.. heldOut.Labels.Select(spellings.Of)];
        var evaluation = Evaluation.Of(head.Labels, truth, answers);
        return new CurrentVersion(current.Number, current.Labels, Nothing with
        {
            HeldOut = evaluation.Rows,
            Accuracy = evaluation.Accuracy,
            MacroPrecision = evaluation.MacroPrecision,
            MacroRecall = evaluation.MacroRecall,
            MacroF1 = evaluation.MacroF1,
        })
        {
            NotWorse = PromotionGate.Sure(rule) == 0 ? null : NotWorse(
                rule, candidate.Trained.Answers, heldOut.Contents.Zip(truth, answers).ToDictionary(a => a.First, a => (a.Second, a.Third)),
                session.Stopping),
        };
    }

    // On the images that both have answered
    private static double? NotWorse(
        PromotionRule rule, IReadOnlyList<HeldOutAnswer> candidate, Dictionary<long, (string Label, string Answer)> current,
        CancellationToken cancellationToken)
    {
        var both = candidate.Where(a => current.ContainsKey(a.Content)).OrderBy(a => a.Content).ToList();
        if (both.Count == 0)
            return null;
        return Bootstrap.ShareNotWorse(
            JudgedAnswers.Of(both.ConvertAll(a => a.Label), both.ConvertAll(a => a.Answer)),
            JudgedAnswers.Of(both.ConvertAll(a => current[a.Content].Label), both.ConvertAll(a => current[a.Content].Answer)),
            rates => RateOf(rates, rule.Metric), rule.NotWorseBy, cancellationToken);
    }

    private static double RateOf(Rates rates, string metric) => metric switch
    {
        "accuracy" => rates.Accuracy,
        "macro_precision" => rates.MacroPrecision,
        "macro_recall" => rates.MacroRecall,
        "macro_f1" => rates.MacroF1,
        _ => throw new ArgumentException($"There is no metric '{metric}'.", nameof(metric)),
    };

    private static VersionMetrics Nothing => new(0, 0, 0, null, null, null, null, [], [], 0, 0, false);
}

/// <summary>A trained head before it is a version.</summary>
/// <param name="Data">What it was made of.</param>
internal sealed record Candidate(TrainedHead Trained, VersionMetrics Metrics, TrainingData Data);
