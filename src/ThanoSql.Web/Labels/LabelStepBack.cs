using ThanoSql.Catalog.Pipelines;
using ThanoSql.Query.Labels;

namespace ThanoSql.Web.Labels;

/// <summary>Something that was said, and can be taken back.</summary>
/// <param name="Bench">From which the pictures were taken.</param>
/// <param name="Pipeline">Whose pictures they are.</param>
/// <param name="Taken">The pictures, with their places.</param>
internal sealed record LabelStepBack(LabelBench Bench, PipelineRow Pipeline, IReadOnlyList<(int Place, LabelView View)> Taken)
{
    /// <summary>What became of it; null while it is being written, or when it could not be.</summary>
    public LabelStep? Written { get; set; }
}
