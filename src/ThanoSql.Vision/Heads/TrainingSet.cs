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

/// <summary>Embeddings as training sees them: float16 in memory, single precision block by block, with their mean and scale per dimension.</summary>
internal sealed class FeatureMatrix
{
    private readonly ReadOnlyMemory<Half> _values;

    /// <exception cref="InvalidDataException">A value is not finite; the message names the row.</exception>
    public FeatureMatrix(ReadOnlyMemory<Half> values, int dimensions, bool standardize)
    {
        _values = values;
        Dimensions = dimensions;
        Step = MatrixKernel.Padded(dimensions);
        Rows = values.Length / dimensions;
        Mean = new double[dimensions];
        Scale = new double[dimensions];
        Measure();
        if (!standardize)
            Array.Fill(Scale, 1);
    }

    public int Rows { get; }

    public int Dimensions { get; }

    /// <summary>Floats from one row of a block to the next: whole panels, the rest zero.</summary>
    public int Step { get; }

    public double[] Mean { get; }

    /// <summary>Standard deviation, 1 for a dimension that never changes.</summary>
    public double[] Scale { get; }

    /// <summary>Copies a row to single precision; what lies behind it in <paramref name="row"/> stays as it is.</summary>
    public void Read(int index, Span<float> row) =>
        TensorPrimitives.ConvertToSingle(Row(index), row);

    public ReadOnlySpan<Half> Row(int index) => _values.Span.Slice(index * Dimensions, Dimensions);

    private void Measure()
    {
        var row = new float[Dimensions];
        var wide = new double[Dimensions];
        for (var i = 0; i < Rows; i++)
        {
            Read(i, row);
            if (!float.IsFinite(TensorPrimitives.Sum<float>(row)))
                throw new InvalidDataException($"Row {i} (counted from 0) holds a value that is not a finite number: embed that image again.");
            TensorPrimitives.ConvertChecked<float, double>(row, wide);
            TensorPrimitives.Add(Mean, wide, Mean);
            TensorPrimitives.MultiplyAdd(wide, wide, Scale, Scale);
        }
        for (var d = 0; d < Dimensions; d++)
        {
            Mean[d] /= Rows;
            var variance = (Scale[d] / Rows) - (Mean[d] * Mean[d]);
            // Below float16's resolution of the mean a dimension counts as constant.
            Scale[d] = variance > 1e-7 * Mean[d] * Mean[d] && variance > 1e-12 ? Math.Sqrt(variance) : 1;
        }
    }
}

/// <summary>The labels of a training set, sorted by ordinal, and the position of each row's label among them.</summary>
internal sealed class LabelIndex
{
    public LabelIndex(IReadOnlyList<string> rows)
    {
        Labels = [.. rows.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var positions = Labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        Rows = [.. rows.Select(label => positions[label])];
        Counts = new int[Labels.Length];
        foreach (var k in Rows)
            Counts[k]++;
    }

    public string[] Labels { get; }

    /// <summary>[N].</summary>
    public int[] Rows { get; }

    /// <summary>[K]: rows of each label.</summary>
    public int[] Counts { get; }
}
