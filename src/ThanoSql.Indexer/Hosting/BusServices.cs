using MassTransit;
using ThanoSql.Trainer;

namespace ThanoSql.Indexer.Hosting;

/// <summary>The bus by configuration: <c>Bus:Transport=memory</c> (default, one process) or <c>rabbitmq</c>.</summary>
internal static class BusServices
{
    /// <summary>Set by <c>thanosql store init</c>: exchanges and queues are declared, nothing is consumed.</summary>
    public const string TopologyOnly = "Bus:TopologyOnly";

    private const int Deliveries = 20;

    public static IServiceCollection AddBus(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        var transport = configuration["Bus:Transport"] ?? "memory";
        if (transport == "memory" && roles != Roles.All)
            throw new StartException("Roles in separate processes need a broker: set Bus__Transport=rabbitmq and Bus__RabbitMq__Uri=amqp://….");
        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            if (roles.HasFlag(Roles.Worker))
                bus.AddWorkerConsumers();
            if (roles.HasFlag(Roles.Trainer))
                bus.AddTrainingConsumers();
            switch (transport)
            {
                case "memory":
                    bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
                    break;
                case "rabbitmq":
                    UseRabbitMq(bus, configuration);
                    break;
                default:
                    throw new StartException($"Bus:Transport is '{transport}'; it must be 'memory' or 'rabbitmq'.");
            }
        });
    }

    private static void UseRabbitMq(IBusRegistrationConfigurator bus, IConfiguration configuration)
    {
        var uri = Uri.TryCreate(configuration["Bus:RabbitMq:Uri"], UriKind.Absolute, out var address)
            ? address
            : throw new StartException("Bus:Transport is rabbitmq, but Bus:RabbitMq:Uri is no address: amqp://user:password@host:5672/");
        bus.AddConfigureEndpointsCallback((_, endpoint) =>
        {
            // Survives the loss of a node; the limit takes a message that kills its consumer out of the way.
            if (endpoint is not IRabbitMqReceiveEndpointConfigurator queue)
                return;
            queue.SetQuorumQueue();
            queue.SetQueueArgument("x-delivery-limit", Deliveries);
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(uri, host => host.PublisherConfirmation = true);
            rabbit.DeployTopologyOnly = configuration.GetValue<bool>(TopologyOnly);
            rabbit.ConfigureEndpoints(context);
        });
    }
}
