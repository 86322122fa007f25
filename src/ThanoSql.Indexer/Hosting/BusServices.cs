using MassTransit;
using ThanoSql.Query.Health;
using ThanoSql.Trainer;
using ThanoSql.Worker.Intake;

namespace ThanoSql.Indexer.Hosting;

/// <summary>The bus by configuration: <c>Bus:Transport=memory</c> (default, one process) or <c>rabbitmq</c>.</summary>
internal static class BusServices
{
    /// <summary>Set by <c>thanosql store init</c>: exchanges and queues are declared, nothing is consumed.</summary>
    public const string TopologyOnly = "Bus:TopologyOnly";

    public static IServiceCollection AddBus(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        var transport = configuration["Bus:Transport"] ?? "memory";
        if (transport == "memory" && roles != Roles.All)
            throw new StartException("Roles in separate processes need a broker: set Bus__Transport=rabbitmq and Bus__RabbitMq__Uri=amqp://….");
        var prefix = configuration.GetSection(IndexingOptions.Section).Get<IndexingOptions>()?.QueuePrefix ?? new IndexingOptions().QueuePrefix;
        services.AddSingleton<BrokerRefusals>();
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BrokerRefusals>());
        services.AddHealthChecks().AddCheck<BrokerRefusals.Check>("queues", tags: [HealthApi.BusTag]);
        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            if (roles.HasFlag(Roles.Worker))
                bus.AddWorkerConsumers();
            if (roles.HasFlag(Roles.Trainer))
                bus.AddTrainingConsumers(prefix);
            switch (transport)
            {
                case "memory":
                    bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
                    break;
                case "rabbitmq":
                    UseRabbitMq(bus, configuration, prefix);
                    break;
                default:
                    throw new StartException($"Bus:Transport is '{transport}'; it must be 'memory' or 'rabbitmq'.");
            }
        });
    }

    private static void UseRabbitMq(IBusRegistrationConfigurator bus, IConfiguration configuration, string prefix)
    {
        var uri = Uri.TryCreate(configuration["Bus:RabbitMq:Uri"], UriKind.Absolute, out var address)
            ? address
            : throw new StartException("Bus:Transport is rabbitmq, but Bus:RabbitMq:Uri is no address: amqp://user:password@host:5672/");
        bus.AddConfigureEndpointsCallback((_, endpoint) => QuorumQueue.Configure(endpoint));
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(uri, host => host.PublisherConfirmation = true);
            rabbit.DeployTopologyOnly = configuration.GetValue<bool>(TopologyOnly);
            // The exchanges that messages are published to
            rabbit.MessageTopology.SetEntityNameFormatter(
                new PrefixEntityNameFormatter(rabbit.MessageTopology.EntityNameFormatter, $"{prefix}-"));
            rabbit.ConfigureEndpoints(context);
        });
    }
}
