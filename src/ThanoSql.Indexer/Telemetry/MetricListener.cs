using System.Diagnostics.Metrics;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Keeps the sums of all instruments of our meters, from its start on.</summary>
internal sealed class MetricListener : IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MetricListener()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(TelemetryServices.Ours, StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Record(family, (double)value, tags));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All families by name, as text would show them now: <paramref name="write"/> runs under the lock.</summary>
    public string Collect(Func<IEnumerable<MetricFamily>, string> write)
    {
        lock (_lock)
        {
            foreach (var family in _families.Values.Where(f => f.IsObservable))
                family.Clear();
            _listener.RecordObservableInstruments();
            return write(_families.Values);
        }
    }

    public void Dispose() => _listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var made = new MetricFamily(instrument);
        lock (_lock)
        {
            // Several meters may have an instrument of one name, such as those of hosts in one test process.
            return _families.TryGetValue(made.Name, out var family) ? family : _families[made.Name] = made;
        }
    }

    private void Record(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
            ((MetricFamily)family!).Record(value, tags);
    }
}
