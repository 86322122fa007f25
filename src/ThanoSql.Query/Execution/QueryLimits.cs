using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Query.Execution;

/// <summary>Section <c>Query:Limits</c>: what one statement may take. Enforced from outside: a user's session can change its own settings.</summary>
public sealed class QueryLimits
{
    public const string Section = "Query:Limits";

    /// <summary>Seconds that PostgreSQL may work on a statement; then it is cancelled. Training is not counted.</summary>
    [Range(1, 86_400)]
    public int Seconds { get; set; } = 300;

    /// <summary>Rows of a result; longer ones are cut, with a message.</summary>
    [Range(1, 10_000_000)]
    public int Rows { get; set; } = 100_000;

    /// <summary>Megabytes of a result as text; longer ones are cut, with a message.</summary>
    [Range(1, 2_000)]
    public int Megabytes { get; set; } = 64;

    /// <summary>Statements that run at once in this process; others wait.</summary>
    [Range(1, 1_000)]
    public int AtOnce { get; set; } = 16;

    /// <summary>Megabytes of a file that COPY reads.</summary>
    [Range(1, 1_000)]
    public int CopyMegabytes { get; set; } = 256;

    /// <summary>Megabytes of a request: COPY may carry its rows.</summary>
    [Range(1, 1_000)]
    public int RequestMegabytes { get; set; } = 32;
}

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
        catch (Exception error) when (IsCancelled(error))
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
        OperationCanceledException or TimeoutException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => true,
        null => false,
        _ => IsCancelled(error.InnerException),
    };
}
