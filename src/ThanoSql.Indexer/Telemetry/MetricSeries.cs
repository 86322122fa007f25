namespace ThanoSql.Indexer.Telemetry;

/// <summary>The numbers of one label set.</summary>
/// <param name="labels">As they stand in the exposition, without braces.</param>
/// <param name="bounds">The buckets' upper bounds, inclusive, ascending; null for all but histograms.</param>
internal sealed class MetricSeries(string labels, double[]? bounds)
{
    private readonly long[] _counts = new long[bounds?.Length ?? 0];

    public string Labels => labels;

    /// <summary>The value; of a histogram the sum.</summary>
    public double Value { get; private set; }

    /// <summary>Of a histogram: how many were recorded.</summary>
    public long Count { get; private set; }

    public void Record(double value, bool isAbsolute)
    {
        Value = isAbsolute ? value : Value + value;
        Count++;
        var bucket = bounds is null ? -1 : Array.FindIndex(bounds, bound => value <= bound);
        if (bucket >= 0)
            _counts[bucket]++;
    }

    /// <summary>Cumulative, as Prometheus wants them, without the last (+Inf), which is <see cref="Count"/>.</summary>
    public IEnumerable<(double Bound, long Count)> Buckets()
    {
        var sum = 0L;
        for (var i = 0; i < _counts.Length; i++)
            yield return (bounds![i], sum += _counts[i]);
    }
}
