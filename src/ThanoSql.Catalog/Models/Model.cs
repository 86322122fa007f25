namespace ThanoSql.Catalog.Models;

/// <summary>A named classifier.</summary>
/// <param name="ImageCol">The image column of its BUILD, the default of its PREDICT.</param>
/// <param name="CurrentVersionId">The version that answers; null before the first one is in service.</param>
/// <param name="NextVersionId">The version that is being switched in, written beside the current one meanwhile.</param>
/// <param name="SchedulePaused">Why its schedule rests, after a rollback; null when it does not.</param>
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
