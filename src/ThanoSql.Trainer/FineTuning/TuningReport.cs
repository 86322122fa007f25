using System.Globalization;
using ThanoSql.Trainer.Runs;
using ThanoSql.Vision.FineTuning;

namespace ThanoSql.Trainer.FineTuning;

/// <summary>Where a fine-tuning stands, for who waits for the run.</summary>
internal sealed class TuningReport(RunSession session) : IProgress<FineTuneProgress>
{
    public void Report(FineTuneProgress value)
    {
        if (value.Phase == FineTunePhase.Estimated)
            session.Say($"Fine-tuning takes about {Duration.Words(value.Remaining)}.");
        if (value is { Phase: FineTunePhase.EpochDone, Last: { } epoch })
            session.Say(Words(epoch));
        session.Report("fine-tuning", value.Step, value.Steps);
    }

    private static string Words(FineTuneEpoch epoch) => string.Create(
        CultureInfo.InvariantCulture,
        $"Epoch {epoch.Epoch}: training loss {epoch.TrainingLoss:0.000}{(double.IsNaN(epoch.HeldOutAccuracy) ? "" : $", held-out accuracy {epoch.HeldOutAccuracy:0.000}")}.");
}
