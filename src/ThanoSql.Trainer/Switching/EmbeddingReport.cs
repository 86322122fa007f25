using System.Diagnostics;
using ThanoSql.Embedding;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Trainer.Switching;

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
        session.Say($"Looking at the other {value.Total - value.Done} images takes about {Duration.Words(Stopwatch.GetElapsedTime(_start) / value.Done * (value.Total - value.Done))}.");
    }
}
