namespace ThanoSql.Vision.Heads;

/// <summary>Weights laid out for <see cref="MatrixKernel"/>: panels of 32 labels, each [dimensions, 32], and the bias padded with zeros.</summary>
internal sealed class LinearLayer
{
    private readonly int _dimensions;
    private readonly float[] _panels;
    private readonly float[] _bias;

    /// <param name="weights">[labels, dimensions], row-major.</param>
    /// <param name="bias">[labels].</param>
    public LinearLayer(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, int dimensions)
    {
        _dimensions = dimensions;
        Labels = bias.Length;
        Width = MatrixKernel.Padded(Labels);
        _bias = new float[Width];
        _panels = new float[Width * dimensions];
        Load(weights, bias);
    }

    public int Labels { get; }

    /// <summary>Floats of one row of logits: the labels, padded to whole panels.</summary>
    public int Width { get; }

    /// <summary>Takes new values of the same shape.</summary>
    public void Load(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        bias.CopyTo(_bias);
        for (var k = 0; k < Labels; k++)
        {
            var row = weights.Slice(k * _dimensions, _dimensions);
            var at = (k / MatrixKernel.Panel * MatrixKernel.Panel * _dimensions) + (k % MatrixKernel.Panel);
            for (var d = 0; d < row.Length; d++, at += MatrixKernel.Panel)
                _panels[at] = row[d];
        }
    }

    /// <summary>Logits [rows, <see cref="Width"/>] of features [rows, <paramref name="step"/>].</summary>
    public void Logits(ReadOnlySpan<float> features, int step, int rows, Span<float> logits)
    {
        for (var r = 0; r < rows; r++)
            _bias.CopyTo(logits[(r * Width)..]);
        for (var n = 0; n < Width; n += MatrixKernel.Panel)
        {
            var panel = _panels.AsSpan(n * _dimensions, MatrixKernel.Panel * _dimensions);
            MatrixKernel.MultiplyAdd(features, panel, logits[n..], new(1, step, MatrixKernel.Panel, Width), rows, _dimensions);
        }
    }

    /// <summary>Replaces logits by probabilities and gives the logarithm of the sum of exponentials.</summary>
    public static float Softmax(Span<float> logits)
    {
        var max = TensorPrimitives.Max(logits);
        TensorPrimitives.Subtract(logits, max, logits);
        TensorPrimitives.Exp(logits, logits);
        var sum = Reduction.Sum(logits);
        TensorPrimitives.Divide(logits, sum, logits);
        return max + MathF.Log(sum);
    }
}
