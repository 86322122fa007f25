using System.Runtime.Serialization;
using System.Text;
using MassTransit;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Worker.Intake;

/// <summary>Lists messages on our own queues that are none of ours. MassTransit moves them to the error queue with their reason.</summary>
internal sealed class UnreadableMessages(FailureLedger failures, EventIntake intake) : IReceiveObserver
{
    public async Task ReceiveFault(ReceiveContext context, Exception exception)
    {
        if (exception is not SerializationException)
            return;
        var queue = context.InputAddress.Segments[^1];
        await intake.PatientAsync(
            token => failures.RecordUnreadableAsync(
                $"queue {queue}", Encoding.UTF8.GetString(context.Body.GetBytes()), exception.GetBaseException().Message, token),
            context.CancellationToken);
    }

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;
}
