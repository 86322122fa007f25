using Polly;

namespace ThanoSql.Worker.Intake;

/// <summary>From events to committed rows.</summary>
internal sealed class EventIntake(
    ImageIntake intake, IndexingEngine engine, DatabaseTroubles troubles, TimeProvider time, ILogger<EventIntake> logger)
{
    private readonly ResiliencePipeline _patience = DatabasePatience.Create(time, troubles, logger);

    /// <summary>
    /// Makes the events' images due, looks at those that are free, and ends when each is settled. From the first step on the events may be forgotten:
    /// what does not come to its end here is found by the poller.
    /// </summary>
    public async Task AcceptAsync(IEnumerable<ObjectChanged> events, CancellationToken cancellationToken)
    {
        var changes = events.ToList();
        var due = await PatientAsync(token => intake.AcceptAsync(changes, token), cancellationToken);
        await _patience.ExecuteAsync(async token => await engine.SubmitAsync(due, token), cancellationToken);
    }

    /// <summary>Waits for a database that is down: it is no fault of the message.</summary>
    public async Task<T> PatientAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        await _patience.ExecuteAsync(async token => await work(token), cancellationToken);
}
