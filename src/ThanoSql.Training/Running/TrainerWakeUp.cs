namespace ThanoSql.Training.Running;

/// <summary>Wakes an idle trainer up. Without it, it looks at the queue in its own time.</summary>
internal sealed class TrainerWakeUp : IDisposable
{
    private readonly SemaphoreSlim signal = new(0, 1);

    public void Wake()
    {
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => signal.WaitAsync(atMost, cancellation);

    public void Dispose() => signal.Dispose();
}
