namespace ThanoSql.Catalog.Labels;

/// <summary>In which order people look at a pipeline's pictures.</summary>
public enum WorkOrder
{
    /// <summary>Pictures that nobody has labelled, those first of which the model is least sure.</summary>
    Unsure,

    /// <summary>
    /// Pictures of which a person says something else than the version in service, and nobody has said it again since that version came into
    /// service; those first of which the model is surest.
    /// </summary>
    Disagreed,

    /// <summary>Labels that wait for somebody's word: to be confirmed since the picture was overwritten, or disputed; the latest first.</summary>
    Waiting,
}

/// <summary>A picture to look at.</summary>
/// <param name="ImageId">Its row.</param>
/// <param name="ContentId">Null while nobody has read the picture.</param>
/// <param name="Key">In Unicode NFC.</param>
/// <param name="Spellings">The ways to write its path in a table's column.</param>
/// <param name="Best">What the version in service says; null when it has not answered.</param>
/// <param name="Score">Of <paramref name="Best"/>, 0 to 1.</param>
/// <param name="Second">Its second best label; null when there is none.</param>
/// <param name="Label">What a person said; null when nobody did.</param>
/// <param name="State">Of the label: <c>confirmed</c>, <c>to confirm</c> or <c>disputed</c>.</param>
public sealed record WorkItem(
    long ImageId, long? ContentId, string Bucket, string Key, IReadOnlyList<string> Spellings, string? Best, float? Score, string? Second,
    float? SecondScore, string? Label, string? State, string? LabelledBy, DateTime? LabelledAt);

/// <summary>How the work on a pipeline's labels stands.</summary>
/// <param name="Waiting">Pictures of <see cref="WorkOrder.Waiting"/>.</param>
/// <param name="OwnToday">Labels in force that the asking speaker gave today.</param>
/// <param name="AllToday">That anybody gave today.</param>
/// <param name="NextTraining">By the pipeline's schedule; null when it has none.</param>
/// <param name="Paused">Why the model is not trained by itself; null when it is not paused.</param>
/// <param name="IsTraining">A run of the model is queued or running.</param>
/// <param name="Version">The number of the version in service; null while there is none.</param>
public sealed record LabelFigures(
    long Waiting, long OwnToday, long AllToday, DateTime? NextTraining, string? Paused, bool IsTraining, int? Version);
