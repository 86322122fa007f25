namespace ThanoSql.Catalog.Models;

/// <summary>A named classifier, or a named trunk for pictures that are alike (<see cref="EmbeddingModel"/>).</summary>
/// <param name="ImageCol">The image column of its BUILD, the default of its PREDICT.</param>
/// <param name="CurrentVersionId">The version that answers; null before the first one is in service.</param>
/// <param name="NextVersionId">The version that is being promoted, written beside the current one meanwhile.</param>
/// <param name="SchedulePaused">Why its retraining schedule is paused, after a rollback; null when it is not.</param>
public sealed record Model(
    int ModelId,
    string Name,
    string Algorithm,
    string ImageCol,
    string LabelCol,
    ModelDialect Dialect,
    long? CurrentVersionId,
    long? NextVersionId,
    string? SchedulePaused);

/// <summary>What a BUILD says of its model, kept with the name.</summary>
public sealed record ModelTraits(string Name, string Algorithm, string ImageCol, string LabelCol, ModelDialect Dialect);

/// <summary>
/// The generation of the dialect in which a model was built: a PREDICT without OPTIONS is spelt alike in both and answers with different columns.
/// </summary>
public enum ModelDialect
{
    /// <summary>Until November 2022 (<c>epochs</c>): PREDICT gives the image column and <c>predicted</c>.</summary>
    Old,

    /// <summary>Later (<c>max_epochs</c>): PREDICT gives all columns and <c>predict_result</c>.</summary>
    New,
}

/// <summary>A model and its current version, as a query needs them.</summary>
/// <param name="ModelId">Its row.</param>
/// <param name="Name">Its name.</param>
/// <param name="ImageColumn">The image column of its BUILD.</param>
/// <param name="LabelColumn">The label column of its BUILD.</param>
/// <param name="Dialect">In which its BUILD was written.</param>
/// <param name="VersionId">The current version.</param>
/// <param name="TrunkId">The embedding space of that version.</param>
/// <param name="Labels">Its labels, in the order of its head; none of a model without labels.</param>
public sealed record ServingModel(
    int ModelId, string Name, string ImageColumn, string LabelColumn, ModelDialect Dialect, long VersionId, int TrunkId,
    IReadOnlyList<string> Labels)
{
    public bool HasLabels => Labels.Count > 0;
}
