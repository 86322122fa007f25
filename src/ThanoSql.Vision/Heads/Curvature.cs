namespace ThanoSql.Vision.Heads;

/// <summary>
/// A fixed estimate of the objective's inverse Hessian for L-BFGS to start from: per label the inverse of q * correlation(x) + L2 / N * M, where
/// q = (1 - 1/K) / K is p (1 - p) before training. The form of the bound is that of Boehning, "Multinomial logistic regression algorithm"
/// (1992). Embeddings are strongly correlated; with this the iterations fall to a fraction.
/// </summary>
internal sealed class Curvature
{
    private readonly double[] _factor;
    private readonly int _dimensions;
    private readonly int _labelCount;
    private readonly double _biasScale;
    private readonly ParallelOptions _parallel;

    private Curvature(double[] factor, int dimensions, int labelCount, ParallelOptions parallel)
    {
        (_factor, _dimensions, _labelCount, _parallel) = (factor, dimensions, labelCount, parallel);
        _biasScale = 1 / Spread(labelCount);
    }

    private static double Spread(int labelCount) => (1 - (1.0 / labelCount)) / labelCount;

    /// <summary>Correlation [D, D] of centred and scaled features, from rows spread evenly over all of them.</summary>
    public static double[] Correlation(FeatureMatrix features, int[] rows, int sample)
    {
        sample = Math.Min(sample, rows.Length);
        const int BlockRows = 96;
        int dimensions = features.Dimensions, step = features.Step;
        var block = new float[BlockRows * step];
        var sum = new float[dimensions * step];
        for (var first = 0; first < sample; first += BlockRows)
        {
            var count = Math.Min(BlockRows, sample - first);
            for (var r = 0; r < count; r++)
            {
                var row = block.AsSpan(r * step, dimensions);
                features.Read(rows[(int)((long)(first + r) * rows.Length / sample)], row);
                for (var d = 0; d < dimensions; d++)
                    row[d] = (float)((row[d] - features.Mean[d]) / features.Scale[d]);
            }
            for (var n = 0; n < step; n += MatrixKernel.Panel)
                MatrixKernel.MultiplyAdd(block, block.AsSpan(n), sum.AsSpan(n), new(step, 1, step, step), dimensions, count);
        }
        var correlation = new double[dimensions * dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            for (var j = 0; j < dimensions; j++)
                correlation[(i * dimensions) + j] = sum[(i * step) + j] / sample;
        }
        return correlation;
    }

    /// <param name="penalty">L2 divided by the total weight of the rows.</param>
    /// <param name="metric">M [D, D] of the penalty; null for the identity.</param>
    public static Curvature Of(
        double[] correlation, int dimensions, int labelCount, double penalty, double[]? metric, ParallelOptions parallel)
    {
        var factor = new double[correlation.Length];
        TensorPrimitives.Multiply(correlation, Spread(labelCount), factor);
        if (metric is not null)
            TensorPrimitives.MultiplyAdd(metric, penalty, factor, factor);
        for (var d = 0; d < dimensions; d++)
            // Sampling leaves directions without any spread: a floor keeps the estimate positive definite.
            factor[(d * dimensions) + d] += (metric is null ? penalty : 0) + (1e-5 * Spread(labelCount));
        Factorize(factor, dimensions, parallel.CancellationToken);
        return new(factor, dimensions, labelCount, parallel);
    }

    /// <summary>Multiplies parameters (W [K, D], b [K]) by the estimate, in place.</summary>
    public void Apply(double[] vector)
    {
        Parallel.For(0, _labelCount, _parallel, k => Solve(vector.AsSpan(k * _dimensions, _dimensions)));
        TensorPrimitives.Multiply(vector.AsSpan(_labelCount * _dimensions), _biasScale, vector.AsSpan(_labelCount * _dimensions));
    }

    /// <summary>Cholesky in place, left-looking; the lower triangle becomes the factor.</summary>
    private static void Factorize(double[] a, int n, CancellationToken cancellationToken)
    {
        for (var j = 0; j < n; j++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pivotRow = a.AsMemory(j * n, n);
            var pivot = Math.Sqrt(a[(j * n) + j] - Reduction.SumOfSquares(pivotRow.Span[..j]));
            a[(j * n) + j] = pivot;
            for (var i = j + 1; i < n; i++)
                a[(i * n) + j] = (a[(i * n) + j] - Reduction.Dot(a.AsSpan(i * n, j), pivotRow.Span[..j])) / pivot;
        }
    }

    private void Solve(Span<double> x)
    {
        for (var i = 0; i < _dimensions; i++)
            x[i] = (x[i] - Reduction.Dot(_factor.AsSpan(i * _dimensions, i), x[..i])) / _factor[(i * _dimensions) + i];
        for (var i = _dimensions - 1; i >= 0; i--)
        {
            x[i] /= _factor[(i * _dimensions) + i];
            TensorPrimitives.MultiplyAdd(_factor.AsSpan(i * _dimensions, i), -x[i], x[..i], x[..i]);
        }
    }
}
