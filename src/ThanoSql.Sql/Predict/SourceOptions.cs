namespace ThanoSql.Sql.Predict;

/// <summary>What a statement says of its source.</summary>
/// <param name="ImageColumn">The option <c>image_col</c>; null for the model's own.</param>
/// <param name="Word">The keyword it searches; null for none.</param>
/// <param name="Keep">Whether the rows are needed as a table.</param>
internal sealed record SourceOptions(string? ImageColumn, string? Word = null, bool Keep = false);
