using MassTransit;
using Microsoft.Extensions.Options;
using ThanoSql.Messages;

namespace ThanoSql.Indexing.Intake;

/// <summary>Takes events in batches and acknowledges them when their images are settled: a slow stage holds up the broker's queue, not this process's memory.</summary>
internal sealed class ObjectChangedConsumer(EventIntake intake) : IConsumer<Batch<ObjectChanged>>
{
    public Task Consume(ConsumeContext<Batch<ObjectChanged>> context) => intake.AcceptAsync(context.Message.Select(m => m.Message), context.CancellationToken);
}

/// <summary>The queue <c>…-objects</c>, shared by all workers.</summary>
internal sealed class ObjectChangedConsumerDefinition : ConsumerDefinition<ObjectChangedConsumer>
{
    public static readonly TimeSpan Collect = TimeSpan.FromMilliseconds(10);

    private readonly IndexingOptions options;

    public ObjectChangedConsumerDefinition(IOptions<IndexingOptions> options)
    {
        this.options = options.Value;
        EndpointName = $"{options.Value.QueuePrefix}-objects";
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ObjectChangedConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = (options.Batches + 1) * options.BatchSize;
        QuorumQueue.Configure(endpointConfigurator);
        consumerConfigurator.Options<BatchOptions>(
            batch => batch.SetMessageLimit(options.BatchSize).SetTimeLimit(Collect).SetConcurrencyLimit(options.Batches));
    }
}
