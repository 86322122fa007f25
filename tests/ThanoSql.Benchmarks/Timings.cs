using System.Diagnostics;

namespace ThanoSql.Benchmarks;

/// <summary>How long one thing took, many times; milliseconds.</summary>
internal sealed class Timings
{
    private readonly List<double> _sorted;

    private Timings(IEnumerable<double> milliseconds) => _sorted = [.. milliseconds.Order()];

    public double Median => Quantile(0.5);

    public double P99 => Quantile(0.99);

    /// <summary>Of times that were taken elsewhere, at least one.</summary>
    public static Timings Of(IEnumerable<double> milliseconds) => new(milliseconds);

    /// <summary>
    /// Runs all rivals once per round, each round in another order, so that a busy machine, warm caches and whatever else drifts strike them alike.
    /// </summary>
    /// <param name="rounds">How often; a tenth as many more go before and do not count.</param>
    /// <param name="rivals">What is compared.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <returns>One for each rival.</returns>
    public static async Task<Timings[]> InterleavedAsync(
        int rounds, IReadOnlyList<Func<CancellationToken, Task>> rivals, CancellationToken cancellationToken)
    {
        var times = rivals.Select(_ => new List<double>()).ToList();
        for (var round = -(rounds + 9) / 10; round < rounds; round++)
        {
            for (var turn = 0; turn < rivals.Count; turn++)
            {
                var rival = (turn + Math.Abs(round)) % rivals.Count;
                var start = Stopwatch.GetTimestamp();
                await rivals[rival](cancellationToken);
                if (round >= 0)
                    times[rival].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
        return [.. times.Select(t => new Timings(t))];
    }

    private double Quantile(double share) => _sorted[Math.Min(_sorted.Count - 1, (int)(share * _sorted.Count))];
}
