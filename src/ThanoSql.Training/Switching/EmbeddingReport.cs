using ThanoSql.Embedding;
using ThanoSql.Training.Running;

namespace ThanoSql.Training.Switching;

/// <summary>Progress of looking at images as progress of the run.</summary>
internal sealed class EmbeddingReport(RunSession session, string stage) : IProgress<EmbeddingProgress>
{
    public void Report(EmbeddingProgress value) => session.Report(stage, value.Done, value.Total);
}
