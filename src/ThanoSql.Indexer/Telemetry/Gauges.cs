using System.Diagnostics.Metrics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using ThanoSql.Catalog.Quality;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Looks at something now and then, and keeps the last answer for gauges; they are silent while there is none.</summary>
internal abstract partial class GaugeWatch(TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>One look.</summary>
    protected abstract Task LookAsync(CancellationToken cancellationToken);

    /// <summary>The answer is old: gauges fall silent rather than lie.</summary>
    protected abstract void Forget();

    protected static Measurement<long> Measured(long value, string label, string name) => new(value, new KeyValuePair<string, object?>(label, name));

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                Forget();
                LogUnknown(logger, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Gauges have no answer: {Reason}")]
    private static partial void LogUnknown(ILogger logger, string reason);
}

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

/// <summary>Whether versions in service are still right, as a trainer measured them last.</summary>
internal sealed class QualityGauges : GaugeWatch
{
    private readonly QualityLedger _ledger;
    private List<MeasuredModel> _models = [];

    public QualityGauges(QualityLedger ledger, IMeterFactory meters, TimeProvider time, ILogger<QualityGauges> logger)
        : base(time, logger)
    {
        _ledger = ledger;
        var meter = meters.Create(CatalogGauges.Meter);
        void Gauge(string name, string description, Func<MeasuredModel, double?> of) => meter.CreateObservableGauge(
            $"thanosql.quality.{name}",
            () => _models.Where(m => of(m) is not null).Select(
                m => new Measurement<double>(of(m)!.Value, new KeyValuePair<string, object?>("model", m.Model))),
            "1", description);
        Gauge("unsure", "Of a week's pictures, those that are nothing sure", m => Share(m.Unsure, m.Pictures));
        Gauge("corrected", "Of the pictures that people labelled, those they corrected", m => Share(m.Corrected, m.Said));
        Gauge("score_drift", "Distance of a week's scores from those of the held-out pictures", m => m.ScoreDrift);
        Gauge("keyword_drift", "Distance of a week's keywords from those of the held-out pictures", m => m.KeywordDrift);
    }

    protected override async Task LookAsync(CancellationToken cancellationToken) => _models = await _ledger.ServingAsync(cancellationToken);

    protected override void Forget() => _models = [];

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;
}

/// <summary>Messages that wait in the workers' queues, and in the error queues, where there are any.</summary>
internal sealed class QueueGauges : GaugeWatch
{
    private readonly ConnectionFactory _broker;
    private readonly string[] _queues;
    private List<Measurement<long>> _depths = [];
    private IConnection? _connection;

    public QueueGauges(
        IConfiguration configuration, IOptions<IndexingOptions> indexing, IMeterFactory meters, TimeProvider time, ILogger<QueueGauges> logger)
        : base(time, logger)
    {
        _broker = new ConnectionFactory { Uri = new Uri(configuration["Bus:RabbitMq:Uri"]!), AutomaticRecoveryEnabled = false };
        var prefix = indexing.Value.QueuePrefix;
        _queues = [$"{prefix}-objects", $"{prefix}-store-events", $"{prefix}-objects_error", $"{prefix}-store-events_error"];
        meters.Create(CatalogGauges.Meter).CreateObservableGauge("thanosql.queue.depth", () => _depths, "{message}", "Messages ready in a queue");
    }

    protected override async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_connection is not { IsOpen: true })
            _connection = await _broker.CreateConnectionAsync(cancellationToken);
        var found = new List<Measurement<long>>();
        foreach (var queue in _queues)
        {
            if (await DepthAsync(_connection, queue, cancellationToken) is { } depth)
                found.Add(Measured(depth, "queue", queue));
        }
        _depths = found;
    }

    protected override void Forget() => _depths = [];

    public override void Dispose()
    {
        _connection?.Dispose();
        base.Dispose();
    }

    // A queue that is not there closes the channel
    private static async Task<long?> DepthAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(null, cancellationToken);
        try
        {
            return await channel.MessageCountAsync(queue, cancellationToken);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }
}
