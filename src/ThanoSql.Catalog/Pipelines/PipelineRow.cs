namespace ThanoSql.Catalog.Pipelines;

/// <summary>A registered pipeline.</summary>
/// <param name="PipelineId">Its row.</param>
/// <param name="Definition">The file.</param>
/// <param name="Prefix">The definition's prefix in Unicode NFC, as keys are.</param>
/// <param name="Active">Its table and its model are there.</param>
/// <param name="Reason">What a waiting pipeline waits for.</param>
public sealed record PipelineRow(int PipelineId, PipelineDefinition Definition, string Prefix, bool Active, string? Reason)
{
    internal const string FileIsGone = "its file is gone";

    /// <summary>Whether its file is still there; a pipeline without one rests until it comes back.</summary>
    public bool HasFile => Reason != FileIsGone;

    /// <summary>Whether events of this object fill this pipeline's table.</summary>
    public bool Covers(string bucket, string key) => Definition.Bucket == bucket && key.StartsWith(Prefix, StringComparison.Ordinal);
}
