using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ThanoSql.Worker.Intake;

/// <summary>Takes what object stores send to the exchange <c>…-store</c>, as far as <see cref="ReadableOnly"/> could read it.</summary>
internal sealed class StoreNotificationConsumer(EventIntake intake) : IConsumer<Batch<StoreNotification>>
{
    public Task Consume(ConsumeContext<Batch<StoreNotification>> context) =>
        intake.AcceptAsync(context.Message.SelectMany(ReadableOnly.EventsOf), context.CancellationToken);
}

/// <summary>Queue and exchange for stores' own notifications; both exist before notifications are turned on.</summary>
internal sealed class StoreNotificationConsumerDefinition : ConsumerDefinition<StoreNotificationConsumer>
{
    private readonly IndexingOptions _options;

    public StoreNotificationConsumerDefinition(IOptions<IndexingOptions> options)
    {
        _options = options.Value;
        EndpointName = $"{_options.QueuePrefix}-store-events";
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<StoreNotificationConsumer> consumerConfigurator,
        IRegistrationContext context)
    {
        endpointConfigurator.ConfigureConsumeTopology = false;
        endpointConfigurator.ClearSerialization();
        endpointConfigurator.AddSerializer(new AnyBodyDeserializer());
        endpointConfigurator.AddDeserializer(new AnyBodyDeserializer(), isDefault: true);
        endpointConfigurator.PrefetchCount = (_options.Batches + 1) * _options.BatchSize;
        endpointConfigurator.UseFilter(new ReadableOnly(context.GetRequiredService<NotificationReader>(), context.GetRequiredService<EventIntake>()));
        QuorumQueue.Configure(endpointConfigurator);
        if (endpointConfigurator is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            // Stores choose the routing key
            rabbit.Bind($"{_options.QueuePrefix}-store", binding =>
            {
                binding.ExchangeType = "topic";
                binding.RoutingKey = "#";
                binding.Durable = true;
            });
        }
        consumerConfigurator.Options<BatchOptions>(
            batch => batch.SetMessageLimit(_options.BatchSize)
                .SetTimeLimit(ObjectChangedConsumerDefinition.Collect).SetConcurrencyLimit(_options.Batches));
    }
}
