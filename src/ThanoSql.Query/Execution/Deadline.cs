namespace ThanoSql.Query.Execution;

/// <summary>The time that a statement may take: past it PostgreSQL is told to cancel, and the user why.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly int _seconds;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _both;

    public Deadline(QueryLimits limits, CancellationToken caller)
    {
        _seconds = limits.Seconds;
        _caller = caller;
        _both = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _both.CancelAfter(TimeSpan.FromSeconds(_seconds));
    }

    /// <exception cref="QueryException">The time ran out, or somebody cancelled the statement on the server.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work)
    {
        try
        {
            return await work(_both.Token);
        }
        catch (Exception error) when (error is not (QueryException or SessionLimitException) && IsCancelled(error))
        {
            _caller.ThrowIfCancellationRequested();
            throw _both.IsCancellationRequested
                ? new QueryException(
                    ErrorCode.Timeout, $"The statement took longer than {_seconds} s and was cancelled.",
                    hint: "Narrow it with WHERE or LIMIT, or raise Query:Limits:Seconds.", inner: error)
                : new QueryException(ErrorCode.Cancelled, "The statement was cancelled by the database's administrator.", inner: error);
        }
    }

    public void Dispose() => _both.Dispose();

    private static bool IsCancelled(Exception? error) => error switch
    {
        OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => true,
        null => false,
        _ => IsCancelled(error.InnerException),
    };
}
