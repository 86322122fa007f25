using Polly;
using Polly.Retry;

namespace ThanoSql.Worker;

/// <summary>The resilience pipeline for the catalog: a database that is down or restarting is waited for, whatever it takes.</summary>
internal static partial class DatabasePatience
{
    public static ResiliencePipeline Create(TimeProvider time, ILogger logger) =>
        new ResiliencePipelineBuilder { TimeProvider = time, Name = "database" }
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
                    LogWaiting(logger, retry.Outcome.Exception!.Message, retry.AttemptNumber + 1);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    /// <summary>
    /// Lost connections, a server that starts or stops, deadlocks. A lock that somebody holds is no outage: it is its table's trouble.
    /// </summary>
    public static bool IsPassing(NpgsqlException error) => error is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }
        && (error.IsTransient || error is not PostgresException || error is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled });

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not answer ({Reason}); attempt {Attempt} failed")]
    private static partial void LogWaiting(ILogger logger, string reason, int attempt);
}
