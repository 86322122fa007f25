using System.Diagnostics.Metrics;
using ThanoSql.Catalog;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>What the catalog says: images that wait for a look, and the version that each model answers with.</summary>
internal sealed class CatalogGauges : GaugeWatch
{
    public const string Meter = TelemetryServices.Ours + "Catalog";

    private readonly CatalogFigures catalog;
    private List<Measurement<long>> pending = [];
    private List<Measurement<long>> versions = [];

    public CatalogGauges(CatalogFigures catalog, IMeterFactory meters, TimeProvider time, ILogger<CatalogGauges> logger)
        : base(time, logger)
    {
        this.catalog = catalog;
        var meter = meters.Create(Meter);
        meter.CreateObservableGauge("thanosql.indexing.pending", () => pending, "{image}", "Images that wait for a look");
        meter.CreateObservableGauge("thanosql.model.version", () => versions, null, "The version that a model answers with");
    }

    protected override async Task LookAsync(CancellationToken cancellation)
    {
        pending = [new(await catalog.PendingAsync(cancellation))];
        versions = (await catalog.VersionsAsync(cancellation)).ConvertAll(served => Measured(served.Version, "model", served.Model));
    }

    protected override void Forget() => (pending, versions) = ([], []);
}
