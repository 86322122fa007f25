using Polly;

namespace ThanoSql.Worker.Intake;

/// <summary>From events to committed rows.</summary>
internal sealed class EventIntake(ImageIntake intake, IndexingEngine engine, IntakePause pause, DatabaseOutage outage, TimeProvider time)
{
    private readonly ResiliencePipeline _patience = DatabasePatience.Create(time, outage);

    /// <summary>
    /// Makes the events' images due, looks at those that are free, and ends when each is settled. From the first step on the events may be forgotten:
    /// what does not come to its end here is found by the poller.
    /// </summary>
    /// <exception cref="EventsPutBackException">The database is out: the events belong back into their queue.</exception>
    public async Task AcceptAsync(IEnumerable<ObjectChanged> events, CancellationToken cancellationToken)
    {
        var changes = events.ToList();
        var due = await PatientAsync(token => intake.AcceptAsync(changes, token), cancellationToken);
        try
        {
            await PatientAsync(token => SettleAsync(due, token), cancellationToken);
        }
        catch (EventsPutBackException)
        {
            // They are rows, which the poller finds
        }
    }

    /// <summary>
    /// Waits for a database that is down, since it is no fault of the message, until the pause of all events, the loss of the message's channel or
    /// the end of the process.
    /// </summary>
    /// <exception cref="EventsPutBackException">The wait is over, and nothing is done.</exception>
    public async Task<T> PatientAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pause.Token);
        try
        {
            return await _patience.ExecuteAsync(async token => await work(token), both.Token);
        }
        catch (Exception) when (both.IsCancellationRequested)
        {
            throw new EventsPutBackException();
        }
    }

    private async Task<bool> SettleAsync(List<long> due, CancellationToken cancellationToken)
    {
        await engine.SubmitAsync(due, cancellationToken);
        return true;
    }
}

/// <summary>The events go back into their queue: nobody can make rows of them now.</summary>
public sealed class EventsPutBackException() : Exception(
    "The database is out, the broker took the message back, or this process ends: the message goes back into its queue.");
