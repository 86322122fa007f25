using System.Diagnostics.Metrics;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>What Prometheus calls a metric: one instrument with all its label sets. Not thread-safe; its listener holds the lock.</summary>
internal sealed class MetricFamily
{
    // Of OpenTelemetry's semantic conventions for durations, and up to the lag of a busy day.
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 1800];
    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

    private readonly SortedDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly double[]? _bounds;
    private readonly bool _isAbsolute;

    public MetricFamily(Instrument instrument)
    {
        var kind = instrument.GetType().Name.Split('`')[0];
        (Type, _isAbsolute) = kind switch
        {
            "Histogram" => (MetricType.Histogram, false),
            "Counter" => (MetricType.Counter, false),
            "ObservableCounter" => (MetricType.Counter, true),
            "UpDownCounter" => (MetricType.Gauge, false),
            _ => (MetricType.Gauge, true),
        };
        IsObservable = instrument.IsObservable;
        Name = MetricName.Of(instrument.Name, instrument.Unit, Type);
        Help = instrument.Description ?? "";
        if (Type == MetricType.Histogram)
            _bounds = AdvisedBounds(instrument) ?? (instrument.Unit == "s" ? Seconds : Counts);
    }

    public string Name { get; }

    public string Help { get; }

    public MetricType Type { get; }

    public bool IsObservable { get; }

    public IEnumerable<MetricSeries> Series => _series.Values;

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Exposition.Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
            _series.Add(labels, series = new MetricSeries(labels, _bounds));
        series.Record(value, _isAbsolute);
    }

    /// <summary>Forgets what was observed: a label set that is not observed any more is gone.</summary>
    public void Clear() => _series.Clear();

    private static double[]? AdvisedBounds(Instrument instrument) => instrument switch
    {
        Histogram<double> h => h.Advice?.HistogramBucketBoundaries?.ToArray(),
        Histogram<long> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
        Histogram<int> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
        _ => null,
    };
}

internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}
