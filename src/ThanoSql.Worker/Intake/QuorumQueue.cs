using MassTransit;

namespace ThanoSql.Worker.Intake;

/// <summary>Replicated queues with a limit of deliveries, where the broker is RabbitMQ.</summary>
internal static class QuorumQueue
{
    // A process that dies counts a delivery against all messages it held; their images are rows by then, so that a dropped message loses nothing
    private const int Deliveries = 20;

    public static void Configure(IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator rabbit)
            return;
        rabbit.SetQuorumQueue();
        rabbit.SetQueueArgument("x-delivery-limit", Deliveries);
    }
}
