using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Indexing;

/// <summary>Metrics and traces named <c>ThanoSql.Indexing</c>.</summary>
public sealed class IndexingTelemetry : IDisposable
{
    public const string Name = "ThanoSql.Indexing";

    internal static readonly ActivitySource Traces = new(Name);

    private readonly Meter meter;
    private readonly Counter<long> images;
    private readonly Counter<long> failures;
    private readonly Histogram<double> lag;
    private readonly Histogram<double> stages;
    private readonly Histogram<int> batches;
    private readonly Counter<long> swept;

    public IndexingTelemetry(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        images = meter.CreateCounter<long>("thanosql.indexing.images", "{image}", "Images by outcome");
        failures = meter.CreateCounter<long>("thanosql.indexing.failures", "{image}", "Failures by kind and reason");
        lag = meter.CreateHistogram<double>("thanosql.indexing.lag", "s", "From the event, by the store's clock, to the committed row");
        stages = meter.CreateHistogram<double>("thanosql.indexing.stage", "s", "Seconds per image and stage; per batch for the stage 'write'");
        batches = meter.CreateHistogram<int>("thanosql.indexing.batch", "{image}", "Images written in one transaction");
        swept = meter.CreateCounter<long>("thanosql.indexing.swept", "{object}", "Objects compared by sweeps, by finding");
    }

    internal void Stage(string stage, long since) =>
        stages.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    internal void Batch(int size) => batches.Record(size);

    internal void Settled(ImageResult result, DateTimeOffset now)
    {
        var outcome = result switch { ImageResult.Indexed => "indexed", ImageResult.Gone => "gone", _ => "failed" };
        images.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        lag.Record(Math.Max(0, (now - result.Image.EventAt).TotalSeconds), new KeyValuePair<string, object?>("outcome", outcome));
        if (result is not ImageResult.Failed failed) return;
        var code = failed.Reason.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 and < 24 ? failed.Reason[..colon] : "other";
        failures.Add(1, new("kind", failed.Kind.ToString()), new("reason", code));
    }

    internal void Swept(long listed, long changed, long gone)
    {
        swept.Add(listed, new KeyValuePair<string, object?>("finding", "listed"));
        swept.Add(changed, new KeyValuePair<string, object?>("finding", "changed"));
        swept.Add(gone, new KeyValuePair<string, object?>("finding", "gone"));
    }

    public void Dispose() => meter.Dispose();
}
