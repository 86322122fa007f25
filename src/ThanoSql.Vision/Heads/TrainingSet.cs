namespace ThanoSql.Vision.Heads;

/// <summary>Labelled embeddings.</summary>
/// <param name="Embeddings">[N, D], row-major; every value finite.</param>
/// <param name="Dimensions">D.</param>
/// <param name="Labels">[N].</param>
public sealed record TrainingSet(ReadOnlyMemory<Half> Embeddings, int Dimensions, IReadOnlyList<string> Labels)
{
    /// <summary>
    /// [N], or null: rows of one group (augmented views of one photograph, copies of one content) never stand on both sides of the split that
    /// chooses the L2 strength.
    /// </summary>
    public IReadOnlyList<int>? Groups { get; init; }

    public int Rows => Labels.Count;
}
