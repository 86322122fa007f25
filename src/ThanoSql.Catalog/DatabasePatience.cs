using Polly;
using Polly.Retry;

namespace ThanoSql.Catalog;

/// <summary>The resilience pipeline for the catalog: a database that is down or restarting is waited for, whatever it takes.</summary>
public static class DatabasePatience
{
    /// <param name="time">Waits between the attempts.</param>
    /// <param name="outage">Hears of each failure.</param>
    public static ResiliencePipeline Create(TimeProvider time, DatabaseOutage outage) =>
        new ResiliencePipelineBuilder { TimeProvider = time, Name = "database" }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(IsOutage),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(5),
                OnRetry = retry =>
                {
                    outage.Noticed(retry.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    /// <summary>
    /// Lost connections, time-outs, a server that starts, stops or is short of something, deadlocks, locks held too long: the same may well succeed
    /// later.
    /// </summary>
    public static bool IsPassing(Exception error) => DatabaseTrouble.IsPassing(error) || error is NpgsqlException fault
        && (fault.IsTransient
            || fault is not PostgresException
            || fault is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled });

    /// <summary>The same without locks: one that somebody holds is no outage, but its table's trouble.</summary>
    public static bool IsOutage(Exception error) =>
        error is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } && IsPassing(error);
}
