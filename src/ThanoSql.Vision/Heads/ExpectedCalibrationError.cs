namespace ThanoSql.Vision.Heads;

/// <summary>
/// How far scores are from being probabilities: rows are put into bins by their score, and in each bin the mean score is compared with the share of
/// right answers (Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015). The bins hold equally many rows
/// (Nguyen and O'Connor, "Posterior Calibration and Exploratory Analysis for Natural Language Processing Models", EMNLP 2015): bins of equal width
/// are nearly empty where few scores lie.
/// </summary>
public static class ExpectedCalibrationError
{
    public const int DefaultBins = 15;

    /// <summary>The mean over all rows of |mean score - share of right answers| in the row's bin.</summary>
    /// <param name="scores">[N]: of the best label, each 0 to 1.</param>
    /// <param name="right">[N]: whether that label was the true one.</param>
    /// <param name="bins">At least 1; of fewer rows than bins, each is a bin of its own.</param>
    /// <returns>
    /// 0 (every bin is right as often as its scores say) to 1. Few rows give more than 0 by chance alone: <see cref="OfCalibrated"/> says how much.
    /// </returns>
    /// <exception cref="ArgumentException">No rows, not as many answers as scores, a score outside 0 to 1, or no bin.</exception>
    public static double Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> right, int bins = DefaultBins)
    {
        Check(scores, bins);
        if (scores.Length != right.Length)
            throw new ArgumentException($"{scores.Length} scores and {right.Length} answers cannot be compared.", nameof(right));
        var sorted = scores.ToArray();
        var hits = new double[right.Length];
        for (var i = 0; i < hits.Length; i++)
            hits[i] = right[i] ? 1 : 0;
        sorted.AsSpan().Sort(hits.AsSpan());
        return Gap(sorted, hits, bins);
    }

    /// <summary>
    /// What scores that are probabilities show by chance: each row is right with its score's probability, and the error is taken, over and over
    /// (Vaicenavicius et al., "Evaluating model calibration in classification", AISTATS 2019).
    /// </summary>
    /// <param name="scores">[N], each 0 to 1.</param>
    /// <param name="quantile">Of the errors, 0 to 1: 0.9 gives the one that nine of ten calibrated models stay below.</param>
    /// <param name="bins">As in <see cref="Of"/>.</param>
    /// <param name="draws">How often, at least 1.</param>
    /// <param name="seed">The same one gives the same answer.</param>
    /// <exception cref="ArgumentException">As in <see cref="Of"/>, or no draw, or no such quantile.</exception>
    public static double OfCalibrated(ReadOnlySpan<float> scores, double quantile, int bins = DefaultBins, int draws = 1000, int seed = 0)
    {
        Check(scores, bins);
        if (draws < 1 || quantile is not (>= 0 and <= 1))
            throw new ArgumentException($"Quantile {quantile} of {draws} draws is none: it lies from 0 to 1, and at least one draw is needed.");
        var sorted = scores.ToArray();
        sorted.AsSpan().Sort();
        var random = new Random(seed);
        var (hits, errors) = (new double[sorted.Length], new double[draws]);
        for (var d = 0; d < draws; d++)
        {
            for (var i = 0; i < hits.Length; i++)
                hits[i] = random.NextDouble() < sorted[i] ? 1 : 0;
            errors[d] = Gap(sorted, hits, bins);
        }
        errors.AsSpan().Sort();
        return errors[(int)Math.Round(quantile * (draws - 1))];
    }

    private static double Gap(float[] sorted, double[] hits, int bins)
    {
        ShareTies(sorted, hits);
        bins = Math.Min(bins, sorted.Length);
        var error = 0.0;
        for (var b = 0; b < bins; b++)
        {
            var difference = 0.0;
            for (var i = (int)((long)sorted.Length * b / bins); i < (int)((long)sorted.Length * (b + 1) / bins); i++)
                difference += sorted[i] - hits[i];
            error += Math.Abs(difference);
        }
        return error / sorted.Length;
    }

    /// <summary>Rows of one score may fall into two bins: each gets the share of all of them, or the order of the rows would matter.</summary>
    private static void ShareTies(float[] sorted, double[] hits)
    {
        for (int first = 0, next; first < sorted.Length; first = next)
        {
            for (next = first + 1; next < sorted.Length && sorted[next] == sorted[first];)
                next++;
            var ties = hits.AsSpan(first, next - first);
            if (ties.Length > 1)
                ties.Fill(TensorPrimitives.Sum<double>(ties) / ties.Length);
        }
    }

    private static void Check(ReadOnlySpan<float> scores, int bins)
    {
        if (scores.Length == 0 || bins < 1)
            throw new ArgumentException($"{scores.Length} rows in {bins} bins say nothing about calibration.", nameof(scores));
        foreach (var score in scores)
        {
            if (score is not (>= 0 and <= 1))
                throw new ArgumentException($"The score {score} lies outside 0 to 1: it is no probability.", nameof(scores));
        }
    }
}
