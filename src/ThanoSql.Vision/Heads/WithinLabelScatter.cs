namespace ThanoSql.Vision.Heads;

/// <summary>
/// How the rows of one label differ from each other: light, angle, background. As the metric of the L2 penalty (w'Mw instead of |w|²) it keeps a
/// head from leaning on such differences. Under a strong penalty its directions are those of Fisher's linear discriminant ("The Use of Multiple
/// Measurements in Taxonomic Problems", 1936), with the covariance held half-way to a multiple of the identity, as few rows need it (Friedman,
/// "Regularized Discriminant Analysis", 1989).
/// </summary>
internal static class WithinLabelScatter
{
    /// <summary>Above, the metrics of five folds would take more memory than they are worth.</summary>
    public const int MostDimensions = 1536;

    private const double Identity = 0.5;
    private const int RowsPerDimension = 64; // more say nothing new
    private const int BlockRows = 96;

    /// <summary>The metric [D, D] of centred and scaled features; its mean eigenvalue is 1. Null when no label has two rows.</summary>
    /// <param name="rows">Rows of the features that the head is fitted to.</param>
    /// <param name="labels">The label of each row of the features.</param>
    public static double[]? Metric(FeatureMatrix features, int[] rows, int[] labels, CancellationToken cancellationToken)
    {
        int dimensions = features.Dimensions, step = features.Step;
        var sum = new float[dimensions * step];
        var block = new float[BlockRows * step];
        var (filled, pairs) = (0, 0);
        var every = Math.Max(1, rows.Length / (RowsPerDimension * dimensions));
        foreach (var label in rows.Where((_, i) => i % every == 0).GroupBy(r => labels[r]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] own = [.. label];
            pairs += own.Length - 1;
            var mean = Mean(features, own);
            foreach (var row in own)
            {
                var values = block.AsSpan(filled++ * step, dimensions);
                features.Read(row, values);
                for (var d = 0; d < dimensions; d++)
                    values[d] = (float)((values[d] - mean[d]) / features.Scale[d]);
                if (filled == BlockRows)
                    filled = Add(block, sum, filled, dimensions, step);
            }
        }
        Add(block, sum, filled, dimensions, step);
        return pairs == 0 ? null : Shrunk(sum, dimensions, step);
    }

    private static double[] Mean(FeatureMatrix features, int[] rows)
    {
        var mean = new double[features.Dimensions];
        var row = new float[features.Dimensions];
        foreach (var r in rows)
        {
            features.Read(r, row);
            for (var d = 0; d < mean.Length; d++)
                mean[d] += row[d];
        }
        TensorPrimitives.Divide(mean, rows.Length, mean);
        return mean;
    }

    private static int Add(float[] block, float[] sum, int count, int dimensions, int step)
    {
        for (var n = 0; n < step; n += MatrixKernel.Panel)
            MatrixKernel.MultiplyAdd(block, block.AsSpan(n), sum.AsSpan(n), new(step, 1, step, step), dimensions, count);
        return 0;
    }

    /// <returns>Null when the rows of every label are alike: there is no difference to keep away from.</returns>
    private static double[]? Shrunk(float[] sum, int dimensions, int step)
    {
        var mean = Enumerable.Range(0, dimensions).Sum(d => (double)sum[(d * step) + d]) / dimensions;
        if (!(mean > 0))
            return null;
        var metric = new double[dimensions * dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            for (var j = 0; j <= i; j++)
                metric[(i * dimensions) + j] = metric[(j * dimensions) + i] = (1 - Identity) * sum[(i * step) + j] / mean;
            metric[(i * dimensions) + i] += Identity;
        }
        return metric;
    }
}
