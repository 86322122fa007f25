using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Training.Building;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Training.Gate;

/// <summary>Judges the version in service on a candidate's held-out images, so that both are measured alike, and asks the gate.</summary>
internal sealed class GateKeeper(NpgsqlDataSource database, VersionCatalog versions, ImageEmbedder embedder)
{
    public async Task<IReadOnlyList<string>> RefusalsAsync(
        PromotionRule rule, BuildPlan plan, TrainingData data, VersionMetrics metrics, ModelVersion candidate, CancellationToken cancellation) =>
        PromotionGate.Refusals(rule, metrics, candidate.Labels, await CurrentAsync(plan, data, cancellation));

    private async Task<CurrentVersion?> CurrentAsync(BuildPlan plan, TrainingData data, CancellationToken cancellation)
    {
        if (plan.Existing?.CurrentVersionId is not { } id || await versions.FindAsync(id, cancellation) is not { } current) return null;
        var head = Head.FromBytes(current.Head);
        await LookAsync(current.TrunkId, [.. data.Judging.Select(c => c.Content)], cancellation);
        var judging = await EmbeddingSet.LoadAsync(
            database, data with { TrunkId = current.TrunkId, Dimensions = head.Dimensions }, [.. data.Judging], 1, cancellation);
        if (judging.Labels.Count == 0) return new CurrentVersion(current.Number, current.Labels, Nothing);
        var probabilities = new float[judging.Labels.Count * head.Labels.Count];
        head.ScoreBatch(judging.Values, probabilities, 0, cancellation);
        var evaluation = Evaluation.Of(head, probabilities, judging.Labels);
        return new CurrentVersion(current.Number, current.Labels, Nothing with
        {
            HeldOut = evaluation.Rows,
            Accuracy = evaluation.Accuracy,
            MacroPrecision = evaluation.MacroPrecision,
            MacroRecall = evaluation.MacroRecall,
            MacroF1 = evaluation.MacroF1,
        });
    }

    // A trunk of its own (tuned, uploaded) may not have seen the images that came since, or any
    private async Task LookAsync(int trunkId, long[] judging, CancellationToken cancellation)
    {
        var unseen = await KeyedContents.WithoutEmbeddingAsync(database, trunkId, judging, cancellation);
        if (unseen.Count > 0) await embedder.EnsureAsync([.. unseen.Select(u => new ObjectPath(u.Bucket, u.Key))], trunkId, 1, null, cancellation);
    }

    private static VersionMetrics Nothing => new(0, 0, 0, null, null, null, null, [], [], 0, 0, false);
}
