namespace ThanoSql.Catalog.Labels;

/// <summary>A label in force.</summary>
/// <param name="State">
/// <c>confirmed</c>; <c>to confirm</c> when the picture was overwritten since; <c>disputed</c> when two people's last words on it differ.
/// </param>
public sealed record HumanLabel(
    string Bucket, string Path, string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt);

/// <summary>What somebody said of a picture.</summary>
/// <param name="Label">Null: took the label back.</param>
/// <param name="InForce">Whether it became the picture's label; else another's word stood.</param>
public sealed record LabelWord(DateTime At, string By, string Pipeline, string? Label, bool InForce);

/// <summary>A label in force, with what it takes to train elsewhere.</summary>
/// <param name="HeldOut">Whether the picture judges versions of the model, or trains them; null while neither was decided.</param>
/// <param name="Sha256">Of the picture's bytes, in hexadecimal; null while nobody has read it.</param>
public sealed record ExportedLabel(
    int PipelineId, string Bucket, string Key, string Pipeline, string Model, string Label, string State, string LabelledBy, DateTime LabelledAt,
    bool? HeldOut, string? Sha256);
