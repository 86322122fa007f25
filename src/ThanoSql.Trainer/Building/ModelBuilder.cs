using ThanoSql.Catalog.Labels;
using ThanoSql.Trainer.FineTuning;

namespace ThanoSql.Trainer.Building;

/// <summary>Makes a head by a plan: rows, embeddings, fit, metrics. <see cref="VersionInstaller"/> puts it into service.</summary>
internal sealed class ModelBuilder(
    TrainingSource source, TrainingImages images, HeadBuilder heads, TuningTrial tuning, GateKeeper gate, DryRun dryRun,
    VersionInstaller installer, LabelRenames renames)
{
    public async Task<RunResult> BuildAsync(BuildPlan plan, RunSession session)
    {
        var rows = await ReadAsync(plan, session);
        // The epochs of a fine-tuning are no views for the head
        var looks = plan.Options.FineTune ? plan with { Options = plan.Options with { Epochs = 1 } } : plan;
        var data = await images.PrepareAsync(looks, rows, session);
        if (plan.OnlyNewData && await gate.NothingNewAsync(plan, data, session) is { } nothing)
            return new RunResult(RunState.Skipped, $"Skipped: {nothing}.");
        var trained = await heads.BuildAsync(data, plan.Start, session.Report, session.Stopping);
        if (plan.Options.FineTune)
        {
            (data, trained) = await tuning.RunAsync(
                plan, new TrunkAndHead(data, trained), trunk => images.PrepareAsync(looks with { TrunkId = trunk }, rows, session), session);
        }
        var metrics = trained.Metrics(rows.Images.Count, data);
        session.Say(Describe(metrics, trained.Head));
        session.Say(trained.Choice);
        var candidate = new Candidate(trained, metrics, data);
        if (plan.Options.DryRun)
            return await dryRun.EndAsync(plan, candidate, session);
        return await installer.InstallAsync(
            plan.Traits(rows.ImageCol),
            new NewVersion(
                data.TrunkId, trained.Head.Labels, trained.Head.ToBytes(), metrics.ToJson(), session.Run.Statement, plan.Options.ToJson(),
                data.Fingerprint)
            { Answers = trained.Answers },
            data.Contents.ToDictionary(c => c.Content, c => c.HeldOut), data.Note,
            async _ => plan.Gate is { } rule ? await gate.JudgeAsync(rule, plan, candidate, session) : null, session);
    }

    private async Task<LabelledImages> ReadAsync(BuildPlan plan, RunSession session)
    {
        session.Report("reading the source", 0, 0);
        var rows = await source.ReadAsync(plan, session);
        if (rows.WithoutLabel > 0)
            session.Say($"{rows.WithoutLabel} rows without a label are left out.");
        if (rows.TooLong > 0)
            session.Say($"{rows.TooLong} rows with a label of more than {LabelLedger.LongestLabel} characters are left out.");
        // FIT MODEL says itself which labels there are
        var renamed = plan.Labels is null ? await renames.OfAsync(plan.Model, session.Stopping) : new Dictionary<string, string>();
        rows = OldNames.Replace(rows, renamed, session);
        if (plan.Options.MergeSpellings)
            rows = OneSpelling.Merge(rows, plan.Labels ?? [.. renamed.Values]);
        OneSpelling.Say(rows.Merged, session);
        var rare = RareLabels.Of([.. rows.Images.Select(i => i.Label)], plan.Options.LabelCol, all: plan.Labels is not null);
        RareLabels.Say(rare, "since one image is too few to learn a label", session);
        if (plan.Labels is { } fixedLabels)
            SameLabels(fixedLabels, rows);
        return rows with { Images = [.. rows.Images.Where(i => !rare.ContainsKey(i.Label))], LeftOut = rare };
    }

    private static void SameLabels(IReadOnlyList<string> expected, LabelledImages rows)
    {
        var found = rows.Images.Select(i => i.Label).ToHashSet(StringComparer.Ordinal);
        if (found.SetEquals(expected))
            return;
        var missing = string.Join(", ", expected.Except(found, StringComparer.Ordinal).Take(10));
        var added = string.Join(", ", found.Except(expected, StringComparer.Ordinal).Take(10));
        throw new QueryException(
            ErrorCode.LabelsDiffer,
            $"FIT MODEL keeps the labels of the first training. Missing in the source: {(missing.Length == 0 ? "none" : missing)}; " +
            $"new in it: {(added.Length == 0 ? "none" : added)}. Use BUILD MODEL for other labels.");
    }

    private static string Describe(VersionMetrics metrics, Head head) =>
        metrics.HeldOut == 0
            ? $"{head.Labels.Count} labels learned from {metrics.Training} images; too few to hold any out, so nothing is known about how good it is."
            : FormattableString.Invariant(
                $"{head.Labels.Count} labels learned from {metrics.Training} images; on {metrics.HeldOut} held-out images: ")
            + FormattableString.Invariant($"accuracy {metrics.Accuracy:0.000}, macro F1 {metrics.MacroF1:0.000}.");
}

/// <summary>What a run is to build.</summary>
/// <param name="Model">As stored.</param>
/// <param name="Algorithm">The algorithm's name, the trunk to ask for.</param>
/// <param name="Source">The training rows.</param>
internal sealed record BuildPlan(string Model, string Algorithm, BuildOptions Options, QuerySyntax Source)
{
    /// <summary>The model as it is now; null for a new one.</summary>
    public Model? Existing { get; init; }

    /// <summary>The trunk to use whatever the algorithm's name gives today (FIT MODEL, fine-tuned trunks); null for the algorithm's.</summary>
    public int? TrunkId { get; init; }

    /// <summary>A head to start from (FIT MODEL).</summary>
    public Head? Start { get; init; }

    /// <summary>Labels that the source must have, no more and no fewer; null for any.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What the result must fulfil to go into service; null when safety checks are enough.</summary>
    public PromotionRule? Gate { get; init; }

    /// <summary>Whether to stop when the data are those that the version in service learned from.</summary>
    public bool OnlyNewData { get; init; }

    /// <summary>Before the source is read: its image column is not known for sure.</summary>
    public ModelTraits LikelyTraits => Traits(Options.ImageCol ?? Existing?.ImageCol ?? "image_path");

    public ModelTraits Traits(string imageCol) => new(Model, Algorithm, imageCol, Options.LabelCol, Options.Dialect);
}
