using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Trainer.Building;
using ThanoSql.Trainer.Runs;
using ThanoSql.Trainer.Switching;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Trainer.Gate;

/// <summary>Judges the version in service on a candidate's held-out images, so that both are measured alike, and asks the gate.</summary>
internal sealed class GateKeeper(NpgsqlDataSource database, VersionCatalog versions, VersionKeying keying)
{
    public async Task<IReadOnlyList<string>> RefusalsAsync(
        PromotionRule rule, BuildPlan plan, TrainingData data, VersionMetrics metrics, ModelVersion candidate, RunSession session) =>
        PromotionGate.Refusals(rule, metrics, candidate.Labels, await CurrentAsync(plan, data, session));

    private async Task<CurrentVersion?> CurrentAsync(BuildPlan plan, TrainingData data, RunSession session)
    {
        if (plan.Existing?.CurrentVersionId is not { } id || await versions.FindAsync(id, session.Stopping) is not { } current)
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
