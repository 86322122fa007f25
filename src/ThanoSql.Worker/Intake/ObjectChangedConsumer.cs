using MassTransit;
using Microsoft.Extensions.Options;
using ThanoSql.Messages;

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
        consumerConfigurator.Options<BatchOptions>(
            batch => batch.SetMessageLimit(_options.BatchSize).SetTimeLimit(Collect).SetConcurrencyLimit(_options.Batches));
    }
}
