using Polly;
using Polly.Retry;

namespace ThanoSql.Worker;

/// <summary>The resilience pipeline for the catalog: a database that is down or restarting is waited for, whatever it takes.</summary>
internal static partial class DatabasePatience
{
    public static ResiliencePipeline Create(TimeProvider time, DatabaseTroubles troubles, ILogger logger)
    {
        var seldom = new Seldom(time);
        return new ResiliencePipelineBuilder { TimeProvider = time, Name = "database" }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(IsPassing),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(5),
                OnRetry = retry =>
                {
                    troubles.Meet(retry.Outcome.Exception!);
                    if (seldom.IsDue(retry.Outcome.Exception!))
                        LogWaiting(logger, DatabaseTrouble.Describe(retry.Outcome.Exception!), retry.AttemptNumber + 1);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>
    /// Lost connections, a server that starts or stops, deadlocks, full disks. A lock that somebody holds is no outage: it is its table's trouble.
    /// </summary>
    public static bool IsPassing(NpgsqlException error) => error is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }
        && (error.IsTransient || error is not PostgresException || DatabaseTrouble.IsPassing(error)
            || error is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled });

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not do its work, which is waited for: {Reason}; attempt {Attempt} failed")]
    private static partial void LogWaiting(ILogger logger, string reason, int attempt);
}
