namespace ThanoSql.Trainer.FineTuning;

/// <summary>
/// Trains a trunk on and fits a head to it anew, and keeps it unless the head on the trunk as it was knows more of the held-out images:
/// fine-tuning never makes a model worse than its head.
/// </summary>
internal sealed class TuningTrial(TrunkTuner tuner, HeadBuilder heads, EmbeddingSpaces spaces)
{
    /// <param name="plan">What is to be built.</param>
    /// <param name="plain">The head on the trunk as it is, where training starts.</param>
    /// <param name="prepare">Has the same images looked at with a trunk.</param>
    /// <param name="session">Hears of progress, and of what is kept.</param>
    public async Task<TrunkAndHead> RunAsync(BuildPlan plan, TrunkAndHead plain, Func<int, Task<TrainingData>> prepare, RunSession session)
    {
        var trunk = await tuner.TuneAsync(plan, plain.Data, plain.Trained.Head, session);
        var data = await prepare(trunk);
        var tuned = new TrunkAndHead(data, await heads.BuildAsync(data, null, session.Report, session.Stopping));
        var (before, after) = (plain.Trained.Evaluation?.Accuracy, tuned.Trained.Evaluation?.Accuracy);
        if (after < before)
        {
            session.Say(
                $"The head on the trunk as it was is kept: {Words(before)} of the held-out images against {Words(after)} with the fine-tuned trunk.");
            await spaces.ReleaseAsync(trunk, session.Stopping);
            return plain;
        }
        session.Say(
            before is null
                ? "The fine-tuned trunk is kept: too few images to hold any out, so nothing says whether it is better than it was."
                : $"The fine-tuned trunk is kept: {Words(after)} of the held-out images against {Words(before)} with the trunk as it was.");
        return tuned;
    }

    private static string Words(double? accuracy) => string.Create(CultureInfo.InvariantCulture, $"{accuracy:0.000}");
}

/// <summary>Embeddings of a trunk, and a head for them.</summary>
internal sealed record TrunkAndHead(TrainingData Data, TrainedHead Trained);
