using System.Diagnostics;
using ThanoSql.Vision.FineTuning;

namespace ThanoSql.Trainer.Runs;

/// <summary>Progress of looking at images as progress of the run, and how long the rest takes as soon as some of them were looked at.</summary>
internal sealed class EmbeddingReport(RunSession session, string stage) : IProgress<EmbeddingProgress>
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _estimated;

    public void Report(EmbeddingProgress value)
    {
        session.Report(stage, value.Done, value.Total);
        if (_estimated || value.Done == value.Total)
            return;
        _estimated = true;
        var rest = value.Total - value.Done;
        session.Say($"Looking at the other {rest} images takes about {Duration.Words(Stopwatch.GetElapsedTime(_start) / value.Done * rest)}.");
    }
}

/// <summary>Progress of a fine-tuning as progress of the run.</summary>
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
        $"Epoch {epoch.Epoch}: training loss {epoch.TrainingLoss:0.000}{HeldOut(epoch)}.");

    private static string HeldOut(FineTuneEpoch epoch) => double.IsNaN(epoch.HeldOutAccuracy)
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", held-out accuracy {epoch.HeldOutAccuracy:0.000}");
}

/// <summary>An estimate in words.</summary>
internal static class Duration
{
    public static string Words(TimeSpan time) => time.TotalMinutes switch
    {
        <= 1 / 60.0 => "a second",
        < 2 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} seconds"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours"),
    };
}
