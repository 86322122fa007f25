using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using ThanoSql.Worker;

namespace ThanoSql.Indexer.Telemetry;

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
