namespace ThanoSql.Catalog;

/// <summary>
/// Whoever meets a database that is out says so here: many notice it many times, and it is one line of log a minute. Wakes those up who want to know.
/// </summary>
public sealed partial class DatabaseOutage(DatabaseTroubles troubles, TimeProvider time, ILogger<DatabaseOutage> logger) : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly Lock _gate = new();
    private long? _saidAt;
    private int _unsaid;

    /// <summary>To be called with every error of the database that is waited out.</summary>
    /// <returns>Whether it is the server's (<see cref="DatabasePatience.IsOutage"/>); any other is the caller's to log.</returns>
    public bool Noticed(Exception error)
    {
        troubles.Meet(error);
        if (!DatabasePatience.IsOutage(error))
            return false;
        lock (_gate)
        {
            if (_news.CurrentCount == 0)
                _news.Release();
            if (_saidAt is { } said && time.GetElapsedTime(said) < Every)
            {
                _unsaid++;
                return true;
            }
            LogWaiting(DatabaseTrouble.Describe(error), _unsaid);
            (_saidAt, _unsaid) = (time.GetTimestamp(), 0);
        }
        return true;
    }

    /// <summary>Ends when somebody noticed something since the last call. For one caller.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _news.WaitAsync(cancellationToken);

    public void Dispose() => _news.Dispose();

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The database does not do its work ({Reason}); what needs it waits and goes on by itself. "
            + "{Unsaid} such errors since the last line")]
    private partial void LogWaiting(string reason, int unsaid);
}
