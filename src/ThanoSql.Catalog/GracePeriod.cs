namespace ThanoSql.Catalog;

/// <summary>
/// For what a process still writes when it is told to end: a token that is cancelled a little after the other, so that a database which is out does
/// not keep the process from ending.
/// </summary>
public sealed class GracePeriod : IDisposable
{
    /// <summary>Long for a write, short for who waits for the end of a process: several of them follow one another.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenRegistration _stopping;

    /// <param name="stopping">Begins the period.</param>
    public GracePeriod(CancellationToken stopping) => _stopping = stopping.Register(() => _end.CancelAfter(Usual));

    public CancellationToken Token => _end.Token;

    public void Dispose()
    {
        _stopping.Dispose(); // waits for the callback
        _end.Dispose();
    }
}
