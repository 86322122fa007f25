using System.Diagnostics.Metrics;
using ThanoSql.Worker.Presence;

namespace ThanoSql.Worker;

/// <summary>The metrics and traces of indexing, under the name <c>ThanoSql.Indexing</c>, which dashboards know.</summary>
public sealed class IndexingTelemetry : IDisposable
{
    public const string Name = "ThanoSql.Indexing";

    internal static readonly ActivitySource Traces = new(Name);

    private readonly Meter _meter;
    private readonly Counter<long> _images;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _stages;
    private readonly Histogram<int> _batches;
    private readonly Counter<long> _swept;

    /// <summary>The same for the catalog, in short.</summary>
    internal ActivityTally Tally { get; } = new();

    public IndexingTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _images = _meter.CreateCounter<long>("thanosql.indexing.images", "{image}", "Images by outcome");
        _failures = _meter.CreateCounter<long>("thanosql.indexing.failures", "{image}", "Failures by kind and reason");
        _lag = _meter.CreateHistogram<double>("thanosql.indexing.lag", "s", "From the event, by the store's clock, to the committed row");
        _stages = _meter.CreateHistogram<double>("thanosql.indexing.stage", "s", "Seconds per image and stage; per batch for the stage 'write'");
        _batches = _meter.CreateHistogram<int>("thanosql.indexing.batch", "{image}", "Images written in one transaction");
        _swept = _meter.CreateCounter<long>("thanosql.indexing.swept", "{object}", "Objects compared by sweeps, by finding");
    }

    internal void Stage(string stage, long since) =>
        _stages.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    internal void Batch(int size) => _batches.Record(size);

    internal void Settled(ImageResult result, DateTimeOffset now)
    {
        Tally.Add(result, now);
        var outcome = result switch { ImageResult.Indexed => "indexed", ImageResult.Gone => "gone", _ => "failed" };
        _images.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _lag.Record(Math.Max(0, (now - result.Image.EventAt).TotalSeconds), new KeyValuePair<string, object?>("outcome", outcome));
        if (result is not ImageResult.Failed failed)
            return;
        var code = failed.Reason.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 and < 24 ? failed.Reason[..colon] : "other";
        _failures.Add(1, new("kind", failed.Kind.ToString()), new("reason", code));
    }

    internal void Swept(long listed, long changed, long gone)
    {
        _swept.Add(listed, new KeyValuePair<string, object?>("finding", "listed"));
        _swept.Add(changed, new KeyValuePair<string, object?>("finding", "changed"));
        _swept.Add(gone, new KeyValuePair<string, object?>("finding", "gone"));
    }

    public void Dispose() => _meter.Dispose();
}
