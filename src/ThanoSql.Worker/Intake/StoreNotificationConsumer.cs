using System.Net.Mime;
using System.Text;
using System.Text.Json;
using MassTransit.Serialization;
using Microsoft.Extensions.DependencyInjection;

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
        endpointConfigurator.PutEventsBack();
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

/// <summary>
/// Reads each notification before it joins a batch: one that cannot be read goes to the endpoint's error queue with its reason, and nothing else
/// does.
/// </summary>
internal sealed class ReadableOnly(NotificationReader reader, EventIntake intake) : IFilter<ConsumeContext>
{
    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        if (context.TryGetMessage<StoreNotification>(out var message))
        {
            var (events, problem) = await intake.PatientAsync(
                token => reader.ReadAsync(message.Message.Body, "queue of store events", token), context.CancellationToken);
            if (problem is not null)
            {
                await intake.AcceptAsync(events, context.CancellationToken);
                throw new InvalidOperationException(problem); // MassTransit moves the message
            }
            context.GetOrAddPayload(() => new Events(events));
        }
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("readable-only");

    /// <summary>What a message said that came through this filter.</summary>
    public static IReadOnlyList<ObjectChanged> EventsOf(ConsumeContext<StoreNotification> message) => message.GetPayload<Events>().List;

    private sealed record Events(IReadOnlyList<ObjectChanged> List);
}

/// <summary>
/// Takes every message body as it is: a body that cannot be read is for our own reader to refuse, with its reason, not for the transport.
/// </summary>
internal sealed class AnyBodyDeserializer : IMessageDeserializer, ISerializerFactory
{
    private static readonly SystemTextJsonRawMessageSerializer Json = new(RawSerializerOptions.AnyMessageType);

    public ContentType ContentType { get; } = new("application/json");

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        // Not GetString: RabbitMQ's body answers with the name of its type
        Json.Deserialize(GetMessageBody(Encoding.UTF8.GetString(body.GetBytes())), headers, destinationAddress);

    public MessageBody GetMessageBody(string text) =>
        Json.GetMessageBody(JsonSerializer.Serialize(new StoreNotification(text), SystemTextJsonMessageSerializer.Options));

    public IMessageSerializer CreateSerializer() => Json;

    public IMessageDeserializer CreateDeserializer() => this;

    public void Probe(ProbeContext context) => context.CreateScope("any-body");
}

/// <summary>What an object store sent, whatever it is.</summary>
/// <param name="Body">As text; bytes that are no UTF-8 are replaced.</param>
internal sealed record StoreNotification(string Body);
