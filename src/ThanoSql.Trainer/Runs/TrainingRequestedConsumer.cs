using MassTransit;
using ThanoSql.Messages;

namespace ThanoSql.Trainer.Runs;

/// <summary>A message that a run was queued: look now instead of at the next poll.</summary>
internal sealed class TrainingRequestedConsumer(TrainerWakeUp wakeUp) : IConsumer<TrainingRequested>
{
    public Task Consume(ConsumeContext<TrainingRequested> context)
    {
        wakeUp.Wake();
        return Task.CompletedTask;
    }
}
