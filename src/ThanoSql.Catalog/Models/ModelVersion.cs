namespace ThanoSql.Catalog.Models;

/// <summary>One trained head of a model, or the trunk alone of a model without labels (<see cref="EmbeddingModel"/>).</summary>
/// <param name="Number">1, 2, … within the model; what people see.</param>
/// <param name="ParentId">The version that was current when this one was made; where a rollback goes.</param>
/// <param name="Labels">In the order of the head's outputs; none of a model without labels.</param>
/// <param name="Head">Weights, biases and thresholds in Vision's format; empty without labels.</param>
/// <param name="Metrics">JSON.</param>
/// <param name="Source">The statement that gave its rows.</param>
/// <param name="Options">JSON.</param>
/// <param name="DataFingerprint">Equal fingerprints mean equal training data; empty when not known.</param>
/// <param name="Artifact">File name of the self-contained ONNX in the model folder.</param>
/// <param name="Reason">Why it was rejected or failed.</param>
/// <param name="Keyed">Whether its keyword partition is complete.</param>
public sealed record ModelVersion(
    long VersionId,
    int ModelId,
    int Number,
    int TrunkId,
    long? ParentId,
    VersionState State,
    IReadOnlyList<string> Labels,
    byte[] Head,
    string Metrics,
    string Source,
    string Options,
    string DataFingerprint,
    string? Artifact,
    string? ArtifactSha256,
    string? Reason,
    bool Keyed,
    DateTime CreatedAt,
    DateTime? PromotedAt)
{
    public bool HasLabels => Labels.Count > 0;
}

/// <summary>A freshly trained head on its way into the catalog.</summary>
public sealed record NewVersion(
    int TrunkId, IReadOnlyList<string> Labels, byte[] Head, string Metrics, string Source, string Options, string DataFingerprint)
{
    /// <summary>Its answers for the pictures that judge it; those of each cell of the confusion matrix that people may look at are kept.</summary>
    public IReadOnlyCollection<HeldOutAnswer> Answers { get; init; } = [];
}

/// <summary>Where a model version stands in its life.</summary>
public enum VersionState
{
    /// <summary>Trained, its artifact and checks in the making. Left over by a killed trainer it is removed.</summary>
    Building,

    /// <summary>Good enough, being keyed and promoted: whoever writes keywords writes this version's too.</summary>
    Candidate,

    /// <summary>The one that answers.</summary>
    Current,

    /// <summary>Was current until a newer one came.</summary>
    Retired,

    /// <summary>Refused by the gate, or taken back by a rollback.</summary>
    Rejected,

    /// <summary>Its artifact or its promotion failed.</summary>
    Failed,
}
