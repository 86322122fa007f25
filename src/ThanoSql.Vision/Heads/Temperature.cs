namespace ThanoSql.Vision.Heads;

/// <summary>
/// The one number that makes a head's scores probabilities: its logits are divided by it (Guo et al., "On Calibration of Modern Neural Networks",
/// ICML 2017). Above 1 the head was too sure of itself. The best label of a picture stays the same.
/// </summary>
public static class Temperature
{
    public const double Lowest = 0.05;
    public const double Highest = 20;

    // A log-normal prior around 1: two dozen rows move the temperature half of the way, a hundred nearly all of it.
    private const double PriorDeviation = 0.5;

    private const double Golden = 0.6180339887498949;
    private const float Smallest = 1.2e-38f; // whose logarithm is finite

    /// <summary>The temperature with the lowest cross-entropy, held near 1 where the rows are few.</summary>
    /// <param name="head">Its labels give the columns.</param>
    /// <param name="probabilities">[N, K], of rows that the head was not fitted to.</param>
    /// <param name="truth">[N]; rows of a label that the head does not know say nothing.</param>
    /// <returns><see cref="Lowest"/> to <see cref="Highest"/>; 1 without rows.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public static double Fit(Head head, ReadOnlySpan<float> probabilities, IReadOnlyList<string> truth)
    {
        if (probabilities.Length != truth.Count * head.Labels.Count)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities are not {truth.Count} rows of {head.Labels.Count} labels.", nameof(probabilities));
        }

        var position = head.Labels.Select((label, k) => (label, k)).ToDictionary(StringComparer.Ordinal);
        return Fit(probabilities, [.. truth.Select(label => position.GetValueOrDefault(label, -1))]);
    }

    /// <param name="truth">[N]: positions among the labels; -1 for none of them.</param>
    internal static double Fit(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> truth)
    {
        if (truth.Length == 0)
            return 1;
        var logits = Logarithms(probabilities);
        var scratch = new float[probabilities.Length / truth.Length];
        var (low, high) = (Math.Log(Lowest), Math.Log(Highest));
        double left = high - (Golden * (high - low)), right = low + (Golden * (high - low));
        double leftLoss = Loss(left, logits, truth, scratch), rightLoss = Loss(right, logits, truth, scratch);
        while (high - low > 1e-3)
        {
            if (leftLoss < rightLoss)
            {
                (high, right, rightLoss) = (right, left, leftLoss);
                left = high - (Golden * (high - low));
                leftLoss = Loss(left, logits, truth, scratch);
            }
            else
            {
                (low, left, leftLoss) = (left, right, rightLoss);
                right = low + (Golden * (high - low));
                rightLoss = Loss(right, logits, truth, scratch);
            }
        }
        return Math.Exp((low + high) / 2);
    }

    /// <summary>[N]: the rows' cross-entropies under a temperature.</summary>
    /// <param name="truth">[N]: positions among the labels.</param>
    internal static double[] Losses(double temperature, ReadOnlySpan<float> probabilities, ReadOnlySpan<int> truth)
    {
        var logits = Logarithms(probabilities);
        var scratch = new float[probabilities.Length / Math.Max(1, truth.Length)];
        var losses = new double[truth.Length];
        for (var i = 0; i < truth.Length; i++)
        {
            TensorPrimitives.Multiply(logits.AsSpan(i * scratch.Length, scratch.Length), (float)(1 / temperature), scratch);
            var own = scratch[truth[i]];
            losses[i] = LinearLayer.Softmax(scratch) - own;
        }
        return losses;
    }

    /// <summary>As logits they differ from the head's own by a constant of the row, which changes nothing.</summary>
    private static float[] Logarithms(ReadOnlySpan<float> probabilities)
    {
        var logits = new float[probabilities.Length];
        TensorPrimitives.Max(probabilities, Smallest, logits);
        TensorPrimitives.Log(logits, logits);
        return logits;
    }

    /// <param name="exponent">The temperature's logarithm.</param>
    private static double Loss(double exponent, float[] logits, ReadOnlySpan<int> truth, float[] scratch)
    {
        var inverse = (float)Math.Exp(-exponent);
        var loss = exponent * exponent / (2 * PriorDeviation * PriorDeviation);
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] < 0)
                continue;
            TensorPrimitives.Multiply(logits.AsSpan(i * scratch.Length, scratch.Length), inverse, scratch);
            var own = scratch[truth[i]];
            loss += LinearLayer.Softmax(scratch) - own;
        }
        return loss;
    }
}
