using System.Diagnostics.Metrics;
using ThanoSql.Catalog;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>What the catalog says: images that wait for a look, and the version that each model answers with.</summary>
internal sealed class CatalogGauges : GaugeWatch
{
    public const string Meter = TelemetryServices.Ours + "Catalog";

    private readonly CatalogFigures _catalog;
    private List<Measurement<long>> _pending = [];
    private List<Measurement<long>> _versions = [];

    public CatalogGauges(CatalogFigures catalog, IMeterFactory meters, TimeProvider time, ILogger<CatalogGauges> logger)
        : base(time, logger)
    {
        _catalog = catalog;
        var meter = meters.Create(Meter);
        meter.CreateObservableGauge("thanosql.indexing.pending", () => _pending, "{image}", "Images that wait for a look");
        meter.CreateObservableGauge("thanosql.model.version", () => _versions, null, "The version that a model answers with");
    }

    protected override async Task LookAsync(CancellationToken cancellationToken)
    {
        _pending = [new(await _catalog.PendingAsync(cancellationToken))];
        _versions = (await _catalog.VersionsAsync(cancellationToken)).ConvertAll(served => Measured(served.Version, "model", served.Model));
    }

    protected override void Forget() => (_pending, _versions) = ([], []);
}
