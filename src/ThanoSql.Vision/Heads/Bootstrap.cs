namespace ThanoSql.Vision.Heads;

/// <summary>
/// How far a figure may be off, since other rows might have judged it: it is taken again over as many rows, drawn from the same with replacement, a
/// thousand times. The draws are always the same, so that equal rows in equal order give equal results.
/// Source: Efron, Tibshirani, "An introduction to the bootstrap", 1993; percentile intervals are in chapter 13.
/// </summary>
public static class Bootstrap
{
    private const int MostResamples = 1000;
    private const int FewestResamples = 200;
    private const long MostDraws = 20_000_000; // under a second
    private const ulong Seed = 18;

    /// <summary>How often so many rows are drawn anew: 1,000 times, and from 20,000 rows on less often, since more rows need fewer.</summary>
    public static int ResamplesOf(int rows) => (int)Math.Clamp(MostDraws / Math.Max(1, rows), FewestResamples, MostResamples);

    /// <summary>Draws and judges.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="judge">Takes each resample, [rows]: how often each row was drawn.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    public static IReadOnlyList<T> Draw<T>(int rows, Func<ReadOnlySpan<int>, T> judge, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentNullException.ThrowIfNull(judge);
        var random = new SplitMix64(Seed);
        var counts = new int[rows];
        var judged = new T[ResamplesOf(rows)];
        for (var r = 0; r < judged.Length; r++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Array.Clear(counts);
            for (var i = 0; i < rows; i++)
                counts[Math.BigMul(random.Next(), (ulong)rows, out _)]++;
            judged[r] = judge(counts);
        }
        return judged;
    }

    /// <summary>The share of resamples in which one set of answers is not worse than another to the same rows by more than an allowance.</summary>
    /// <param name="one">Answers to rows.</param>
    /// <param name="other">Answers to the same rows, in the same order.</param>
    /// <param name="rate">The one that counts.</param>
    /// <param name="allowance">0 and above.</param>
    /// <param name="cancellationToken">Stops between two resamples.</param>
    /// <remarks>Paired: Koehn, "Statistical significance tests for machine translation evaluation", 2004.</remarks>
    public static double ShareNotWorse(
        JudgedAnswers one, JudgedAnswers other, Func<Rates, double> rate, double allowance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.Rows != other.Rows)
            throw new ArgumentException($"{one.Rows} and {other.Rows} rows are not the same rows.", nameof(other));
        const double Rounding = 1e-9;
        var draws = Draw(one.Rows, counts => rate(one.RatesOf(counts)) >= rate(other.RatesOf(counts)) - allowance - Rounding, cancellationToken);
        return draws.Count(notWorse => notWorse) / (double)draws.Count;
    }

    /// <summary>Between which values the middle 95 % of a figure's resamples lie.</summary>
    /// <param name="values">At least one, in any order.</param>
    public static (double Low, double High) Interval(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return (Percentile(0.025), Percentile(0.975));

        double Percentile(double share)
        {
            var at = share * (ordered.Count - 1);
            var below = (int)at;
            var above = Math.Min(below + 1, ordered.Count - 1);
            return ordered[below] + ((at - below) * (ordered[above] - ordered[below]));
        }
    }
}
