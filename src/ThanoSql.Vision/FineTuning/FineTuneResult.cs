using ThanoSql.Vision.Heads;

namespace ThanoSql.Vision.FineTuning;

/// <summary>A trunk that was trained on, and the classifier that was trained with it.</summary>
/// <param name="Trunk">A safetensors file, float16, with timm's names: the weights of the best epoch.</param>
/// <param name="Head">For embeddings of that trunk; its thresholds are 0. A head trained anew on the trunk's embeddings may be better.</param>
/// <param name="History">One entry per epoch; entry 0 is the frozen trunk with a trained head.</param>
/// <param name="StoppedEarly">True when patience ran out.</param>
public sealed record FineTuneResult(byte[] Trunk, Head Head, IReadOnlyList<FineTuneEpoch> History, bool StoppedEarly);

/// <param name="Epoch">From 1; 0 is the state before training.</param>
/// <param name="TrainingLoss">Mean over the epoch's augmented photographs, with label smoothing; NaN for epoch 0.</param>
/// <param name="HeldOutAccuracy">On whole crops; NaN without held-out photographs.</param>
/// <param name="HeldOutLoss">Mean cross-entropy; NaN without held-out photographs.</param>
public sealed record FineTuneEpoch(int Epoch, double TrainingLoss, double HeldOutAccuracy, double HeldOutLoss);

/// <summary>Where a fine-tuning stands.</summary>
public enum FineTunePhase
{
    /// <summary>The frozen trunk is looked at, and steps are timed.</summary>
    Preparing,

    /// <summary>Nothing has changed yet; <see cref="FineTuneProgress.Remaining"/> is the estimate of the whole run.</summary>
    Estimated,

    Training,

    /// <summary>An epoch ended; <see cref="FineTuneProgress.Last"/> says how.</summary>
    EpochDone,
}

/// <param name="Step">Steps done, of <paramref name="Steps"/>.</param>
/// <param name="Loss">Of the last step.</param>
/// <param name="Remaining">Estimated from the steps timed so far; early stop may end sooner.</param>
/// <param name="Last">The last finished epoch.</param>
public sealed record FineTuneProgress(FineTunePhase Phase, int Step, int Steps, double Loss, TimeSpan Remaining, FineTuneEpoch? Last);
