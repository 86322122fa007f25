using Polly;
using Polly.Retry;

namespace ThanoSql.Storage.S3;

/// <summary>The resilience pipeline "store": further attempts, with exponential back-off and jitter, after transient errors only.</summary>
internal static class StorePipeline
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(20);

    public static ResiliencePipeline Create(S3StoreOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder { Name = "store", TimeProvider = time };
        if (options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>(),
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = MaxDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }
        return builder.Build();
    }
}
