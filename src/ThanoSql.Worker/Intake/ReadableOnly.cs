using MassTransit;
using ThanoSql.Messages;

namespace ThanoSql.Worker.Intake;

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
