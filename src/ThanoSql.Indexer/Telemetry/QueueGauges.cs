using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using ThanoSql.Indexing;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Messages that wait in the workers' queues, and in the error queues, where there are any.</summary>
internal sealed class QueueGauges : GaugeWatch
{
    private readonly ConnectionFactory broker;
    private readonly string[] queues;
    private List<Measurement<long>> depths = [];
    private IConnection? connection;

    public QueueGauges(IConfiguration configuration, IOptions<IndexingOptions> indexing, IMeterFactory meters, TimeProvider time, ILogger<QueueGauges> logger)
        : base(time, logger)
    {
        broker = new ConnectionFactory { Uri = new Uri(configuration["Bus:RabbitMq:Uri"]!), AutomaticRecoveryEnabled = false };
        var prefix = indexing.Value.QueuePrefix;
        queues = [$"{prefix}-objects", $"{prefix}-store-events", $"{prefix}-objects_error", $"{prefix}-store-events_error"];
        meters.Create(CatalogGauges.Meter).CreateObservableGauge("thanosql.queue.depth", () => depths, "{message}", "Messages ready in a queue");
    }

    protected override async Task LookAsync(CancellationToken cancellation)
    {
        if (connection is not { IsOpen: true }) connection = await broker.CreateConnectionAsync(cancellation);
        var found = new List<Measurement<long>>();
        foreach (var queue in queues)
        {
            if (await DepthAsync(connection, queue, cancellation) is { } depth) found.Add(Measured(depth, "queue", queue));
        }
        depths = found;
    }

    protected override void Forget() => depths = [];

    public override void Dispose()
    {
        connection?.Dispose();
        base.Dispose();
    }

    // A queue that is not there closes the channel
    private static async Task<long?> DepthAsync(IConnection connection, string queue, CancellationToken cancellation)
    {
        await using var channel = await connection.CreateChannelAsync(null, cancellation);
        try
        {
            return await channel.MessageCountAsync(queue, cancellation);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }
}
