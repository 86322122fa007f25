namespace ThanoSql.Vision.Heads;

/// <summary>
/// Mean cross-entropy in nats: what a head's scores are worth as probabilities, whichever label wins (Good, "Rational Decisions", 1952).
/// </summary>
public static class LogLoss
{
    // A label that the head does not know, or never expects, would cost infinitely much.
    private const float Floor = 1e-7f;

    /// <param name="head">Its labels give the columns.</param>
    /// <param name="probabilities">[N, K].</param>
    /// <param name="truth">[N].</param>
    /// <returns>0 and above: minus the mean logarithm of the true label's probability.</returns>
    /// <exception cref="ArgumentException">No rows, or the sizes do not fit each other.</exception>
    public static double Of(Head head, ReadOnlySpan<float> probabilities, IReadOnlyList<string> truth)
    {
        var labels = head.Labels.Count;
        if (truth.Count == 0 || probabilities.Length != truth.Count * labels)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities are not {truth.Count} rows of {labels} labels.", nameof(probabilities));
        }

        var position = head.Labels.Select((label, k) => (label, k)).ToDictionary(StringComparer.Ordinal);
        var loss = 0.0;
        for (var i = 0; i < truth.Count; i++)
            loss -= Math.Log(position.TryGetValue(truth[i], out var k) ? Math.Max(probabilities[(i * labels) + k], Floor) : Floor);
        return loss / truth.Count;
    }
}
