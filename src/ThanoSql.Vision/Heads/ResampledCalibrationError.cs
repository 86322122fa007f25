namespace ThanoSql.Vision.Heads;

/// <summary>The <see cref="ExpectedCalibrationError"/> of resamples of the same rows, without sorting each of them.</summary>
/// <param name="scores">[N], ascending, each 0 to 1.</param>
/// <param name="right">[N]: whether the best label was the true one.</param>
internal sealed class ResampledCalibrationError(float[] scores, bool[] right)
{
    /// <param name="counts">[N]: how often each row is there; at least one is.</param>
    public double Of(ReadOnlySpan<int> counts)
    {
        var total = TensorPrimitives.Sum(counts);
        var bins = Math.Min(ExpectedCalibrationError.DefaultBins, total);
        var (error, difference, seen, bin) = (0.0, 0.0, 0, 1);
        for (int first = 0, next; first < scores.Length; first = next)
        {
            // Rows of one score share what is right of them, as they may fall into two bins
            var (there, hits) = (0, 0);
            for (next = first; next < scores.Length && scores[next] == scores[first]; next++)
            {
                there += counts[next];
                hits += right[next] ? counts[next] : 0;
            }
            var gap = scores[first] - (there == 0 ? 0 : (double)hits / there);
            while (there > 0)
            {
                var edge = (int)((long)total * bin / bins);
                var taken = Math.Min(there, edge - seen);
                (there, seen, difference) = (there - taken, seen + taken, difference + (taken * gap));
                if (seen == edge)
                    (error, difference, bin) = (error + Math.Abs(difference), 0, bin + 1);
            }
        }
        return error / total;
    }
}
