namespace ThanoSql.Catalog.Models;

/// <summary>A model and its current version, as a query needs them.</summary>
/// <param name="ModelId">Its row.</param>
/// <param name="Name">Its name.</param>
/// <param name="ImageColumn">The image column of its BUILD.</param>
/// <param name="LabelColumn">The label column of its BUILD.</param>
/// <param name="IsOldDialect">Whether its BUILD was written in the old dialect (design: <c>epochs</c>).</param>
/// <param name="VersionId">The current version.</param>
/// <param name="TrunkId">The embedding space of that version.</param>
/// <param name="Labels">Its labels, in the order of its head.</param>
public sealed record ServingModel(
    int ModelId, string Name, string ImageColumn, string LabelColumn, bool IsOldDialect, long VersionId, int TrunkId, IReadOnlyList<string> Labels);
