using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Rekeying;
using ThanoSql.Training.FineTuning;
using ThanoSql.Training.Gate;
using ThanoSql.Training.Running;
using ThanoSql.Training.Switching;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Training.Building;

/// <summary>From a plan to a version in service: rows, embeddings, head, artifact, checks, gate, switch. What fails on the way leaves nothing half done.</summary>
internal sealed class ModelBuilder(
    TrainingSource sources, TrainingImages images, HeadBuilder heads, ArtifactWriter artifacts, GateKeeper gate, TrunkTuner tuner,
    PeoplesLabels people, VersionCatalog versions, VersionRegistration registration, VersionSwitcher switcher)
{
    public async Task<RunResult> BuildAsync(BuildPlan plan, RunSession session)
    {
        var rows = await ReadAsync(plan, session);
        var data = await images.PrepareAsync(plan, rows, session);
        if (plan.OnlyNewData && await IsOldAsync(plan, data, session)) return new RunResult(RunState.Skipped, "Skipped: nothing new to learn from.");
        if (plan.Options.FineTune)
        {
            var tuned = plan with { TrunkId = await tuner.TuneAsync(plan, data, session), Options = plan.Options with { Epochs = 1 } };
            data = await images.PrepareAsync(tuned, rows, session);
        }

        var trained = await heads.BuildAsync(data, plan.Start, session.Report, session.Stopping);
        var metrics = VersionMetrics.Of(rows.Images.Count, data, trained);
        session.Say(Describe(metrics, trained.Head));
        var version = await RegisterAsync(plan, rows, data, trained.Head, metrics, session);
        try
        {
            return await FinishAsync(plan, rows.ImageCol, data, metrics, version, session);
        }
        catch (Exception e) when (e is not TrainingLeaseLostException)
        {
            await CleanUpAsync(version, e);
            throw;
        }
    }

    /// <summary>Takes up a version that a killed trainer was switching in.</summary>
    public async Task<RunResult> ResumeAsync(BuildPlan plan, ModelVersion version, RunSession session)
    {
        session.Say($"Taken up: version {version.Number} is switched in.");
        try
        {
            return await SwitchAsync(plan, plan.Options.ImageCol ?? plan.Existing?.ImageCol ?? "image_path", version, session);
        }
        catch (Exception e) when (e is not TrainingLeaseLostException)
        {
            await CleanUpAsync(version, e);
            throw;
        }
    }

    private async Task<LabelledImages> ReadAsync(BuildPlan plan, RunSession session)
    {
        session.Report("reading the source", 0, 0);
        var rows = await sources.ReadAsync(
            plan.Source, plan.Options.ImageCol, plan.Options.LabelCol, session.Run.Scope, session.Say, session.Stopping);
        if (plan.Gate is not null) rows = await people.ApplyAsync(plan.Model, rows, session);
        if (rows.WithoutLabel > 0) session.Say($"{rows.WithoutLabel} rows without a label are left out.");
        LabelCheck.Run([.. rows.Images.Select(i => i.Label)], plan.Options.LabelCol);
        if (plan.Labels is { } fixedLabels) SameLabels(fixedLabels, rows);
        return rows;
    }

    private static void SameLabels(IReadOnlyList<string> expected, LabelledImages rows)
    {
        var found = rows.Images.Select(i => i.Label).ToHashSet(StringComparer.Ordinal);
        if (found.SetEquals(expected)) return;
        var missing = string.Join(", ", expected.Except(found, StringComparer.Ordinal).Take(10));
        var added = string.Join(", ", found.Except(expected, StringComparer.Ordinal).Take(10));
        throw new TrainingException(
            TrainingErrorCodes.LabelsDiffer,
            $"FIT MODEL keeps the labels of the first training. Missing in the source: {(missing.Length == 0 ? "none" : missing)}; " +
            $"new in it: {(added.Length == 0 ? "none" : added)}. Use BUILD MODEL for other labels.");
    }

    private async Task<bool> IsOldAsync(BuildPlan plan, TrainingData data, RunSession session)
    {
        if (plan.Existing?.CurrentVersionId is not { } id || await versions.FindAsync(id, session.Stopping) is not { } current) return false;
        var known = await versions.ListAsync(plan.Existing.ModelId, session.Stopping);
        // Neither does a schedule bring a version back that was rejected for the same data
        return (plan.Options.FineTune || current.TrunkId == data.TrunkId) && current.DataFingerprint == data.Fingerprint
            || known.Any(v => v.State is VersionState.Rejected && v.TrunkId == data.TrunkId && v.DataFingerprint == data.Fingerprint);
    }

    private Task<ModelVersion> RegisterAsync(
        BuildPlan plan, LabelledImages rows, TrainingData data, Head head, VersionMetrics metrics, RunSession session) =>
        registration.AddAsync(
            session.Lease, plan.Traits(rows.ImageCol),
            new NewVersion(data.TrunkId, head.Labels, head.ToBytes(), metrics.ToJson(), session.Run.Statement, plan.Options.ToJson(), data.Fingerprint),
            data.Contents.ToDictionary(c => c.Content, c => c.HeldOut), session.Stopping);

    private async Task<RunResult> FinishAsync(
        BuildPlan plan, string imageCol, TrainingData data, VersionMetrics metrics, ModelVersion version, RunSession session)
    {
        session.Report("writing the ONNX model", 0, 0);
        await artifacts.WriteAsync(plan.Model, version, data.Note, session.Stopping);
        var refusals = plan.Gate is { } rule ? await gate.RefusalsAsync(rule, plan, data, metrics, version, session.Stopping) : [];
        if (refusals.Count == 0) return await SwitchAsync(plan, imageCol, version, session);
        var reason = string.Join("; ", refusals);
        await versions.CloseAsync(version.VersionId, VersionState.Rejected, reason, session.Stopping);
        return new RunResult(RunState.Refused, $"Version {version.Number} is refused: {reason}.");
    }

    private async Task<RunResult> SwitchAsync(BuildPlan plan, string imageCol, ModelVersion version, RunSession session)
    {
        await switcher.SwitchAsync(plan.Model, version, new SwitchEffect(VersionState.Retired, plan.Traits(imageCol)), session);
        return new RunResult(RunState.Promoted, $"Model '{plan.Model}' answers with version {version.Number}.");
    }

    private async Task CleanUpAsync(ModelVersion version, Exception error)
    {
        // A build that was cancelled or a model that never came into service is as if it had not been
        var now = await versions.FindAsync(version.VersionId, CancellationToken.None);
        if (now is null or { State: VersionState.Current }) return;
        await switcher.AbandonAsync(version, CancellationToken.None);
        if (error is OperationCanceledException || version.ParentId is null) await versions.DiscardAsync(version, CancellationToken.None);
        else await versions.CloseAsync(version.VersionId, VersionState.Failed, error.Message, CancellationToken.None);
    }

    private static string Describe(VersionMetrics metrics, Head head) =>
        metrics.HeldOut == 0
            ? $"{head.Labels.Count} labels learned from {metrics.Teaching} images; too few to hold any out, so nothing is known about how good it is."
            : FormattableString.Invariant(
                $"{head.Labels.Count} labels learned from {metrics.Teaching} images; on {metrics.HeldOut} held-out images: accuracy {metrics.Accuracy:0.000}, macro F1 {metrics.MacroF1:0.000}.");
}
