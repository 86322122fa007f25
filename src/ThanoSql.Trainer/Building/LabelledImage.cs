using ThanoSql.Storage;

namespace ThanoSql.Trainer.Building;

/// <summary>A row of a training source that names an image and its label.</summary>
internal sealed record LabelledImage(ObjectPath Path, string Label);

/// <summary>What a training source gave.</summary>
/// <param name="Images">Each path once, with its first label, in the order of the source.</param>
/// <param name="WithoutLabel">Rows whose label is NULL or empty.</param>
/// <param name="WithoutPath">Rows whose path is NULL or names no object.</param>
internal sealed record LabelledImages(IReadOnlyList<LabelledImage> Images, string ImageCol, int WithoutLabel, int WithoutPath);
