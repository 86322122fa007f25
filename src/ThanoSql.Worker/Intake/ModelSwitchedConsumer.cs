using MassTransit;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Tables;
using ThanoSql.Messages;
using ThanoSql.Worker.Stages;

namespace ThanoSql.Worker.Intake;

/// <summary>A model answers with another version, or for the first time: pipelines that waited for it become active.</summary>
internal sealed class ModelSwitchedConsumer(PipelineTables tables, ServingMap serving) : IConsumer<ModelSwitched>
{
    public async Task Consume(ConsumeContext<ModelSwitched> context)
    {
        await tables.RefreshAsync(context.CancellationToken);
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
