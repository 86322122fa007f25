using System.Runtime.Serialization;
using System.Text;
using MassTransit.Middleware;

namespace ThanoSql.Worker.Intake;

/// <summary>
/// Takes events in batches and acknowledges them when their images are settled: a slow stage holds up the broker's queue, not this process's memory.
/// </summary>
internal sealed class ObjectChangedConsumer(EventIntake intake) : IConsumer<Batch<ObjectChanged>>
{
    public Task Consume(ConsumeContext<Batch<ObjectChanged>> context) =>
        intake.AcceptAsync(context.Message.Select(m => m.Message), context.CancellationToken);
}

/// <summary>The queue <c>…-objects</c>, shared by all workers.</summary>
internal sealed class ObjectChangedConsumerDefinition : ConsumerDefinition<ObjectChangedConsumer>
{
    public static readonly TimeSpan Collect = TimeSpan.FromMilliseconds(10);

    private readonly IndexingOptions _options;

    public ObjectChangedConsumerDefinition(IOptions<IndexingOptions> options)
    {
        _options = options.Value;
        EndpointName = $"{options.Value.QueuePrefix}-objects";
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ObjectChangedConsumer> consumerConfigurator,
        IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = (_options.Batches + 1) * _options.BatchSize;
        QuorumQueue.Configure(endpointConfigurator);
        endpointConfigurator.PutEventsBack();
        consumerConfigurator.Options<BatchOptions>(
            batch => batch.SetMessageLimit(_options.BatchSize).SetTimeLimit(Collect).SetConcurrencyLimit(_options.Batches));
    }
}

/// <summary>A model answers with another version, or for the first time: pipelines that waited for it become active.</summary>
internal sealed class ModelSwitchedConsumer(PipelineTables tables, ServingMap serving, DatabaseOutage outage) : IConsumer<ModelSwitched>
{
    public async Task Consume(ConsumeContext<ModelSwitched> context)
    {
        try
        {
            await tables.RefreshAsync(context.CancellationToken);
        }
        catch (NpgsqlException error) when (outage.Noticed(error))
        {
            // PipelineKeeper looks again by itself
        }
        serving.Forget();
    }
}

/// <summary>The queue <c>…-pipelines</c>: one worker looks at the tables, all read the catalog again within a second.</summary>
internal sealed class ModelSwitchedConsumerDefinition : ConsumerDefinition<ModelSwitchedConsumer>
{
    public ModelSwitchedConsumerDefinition(IOptions<IndexingOptions> options) => EndpointName = $"{options.Value.QueuePrefix}-pipelines";

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ModelSwitchedConsumer> consumerConfigurator,
        IRegistrationContext context) =>
        QuorumQueue.Configure(endpointConfigurator);
}

/// <summary>Lists messages on our own queues that are none of ours. MassTransit moves them to the error queue with their reason.</summary>
internal sealed partial class UnreadableMessages(FailureLedger failures, EventIntake intake, ILogger<UnreadableMessages> logger) : IReceiveObserver
{
    public async Task ReceiveFault(ReceiveContext context, Exception exception)
    {
        if (exception is not SerializationException)
            return;
        var queue = context.InputAddress.Segments[^1];
        try
        {
            await intake.PatientAsync(
                token => failures.RecordUnreadableAsync(
                    $"queue {queue}", Encoding.UTF8.GetString(context.Body.GetBytes()), exception.GetBaseException().Message, token),
                context.CancellationToken);
        }
        catch (EventsPutBackException)
        {
            LogNotListed(queue);
        }
    }

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A message that cannot be read is in the error queue of {Queue}, but not in thanosql.failures: the database is out")]
    private partial void LogNotListed(string queue);
}

/// <summary>Queues that survive the loss of a node and set a message aside that kills its consumers, where the broker is RabbitMQ.</summary>
public static class QuorumQueue
{
    // A process that dies counts a delivery against all messages it held; their images are rows by then, so that a dropped message loses nothing
    private const int Deliveries = 20;

    /// <summary>Makes an endpoint's queue one; without effect on other brokers.</summary>
    public static void Configure(IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator rabbit)
            return;
        rabbit.SetQuorumQueue();
        rabbit.SetQueueArgument("x-delivery-limit", Deliveries);
    }
}

internal static class ReceiveEndpoints
{
    /// <summary>Lets events stay in the endpoint's queue that nobody can accept now; all other errors go to the error queue, as usual.</summary>
    public static void PutEventsBack(this IReceivePipelineConfigurator endpoint) => endpoint.ConfigureError(errors =>
    {
        errors.UseFilter(new PutBack());
        errors.UseFilter(new GenerateFaultFilter());
        errors.UseFilter(new ErrorTransportFilter());
    });
}
