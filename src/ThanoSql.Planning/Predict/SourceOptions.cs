namespace ThanoSql.Planning.Predict;

/// <summary>What a statement says of its source.</summary>
/// <param name="ImageColumn">The option <c>image_col</c>; null for the model's own.</param>
/// <param name="Word">The keyword it searches; null for none.</param>
/// <param name="Rows">How its rows are needed.</param>
internal sealed record SourceOptions(string? ImageColumn, string? Word = null, SourceRows Rows = SourceRows.Filled);

/// <summary>How a statement needs the rows of its source.</summary>
internal enum SourceRows
{
    /// <summary>One after another, each with its answer.</summary>
    Streamed,

    /// <summary>Every image that can be read has an answer before the first row is read.</summary>
    Filled,

    /// <summary>As a table.</summary>
    Kept,
}
