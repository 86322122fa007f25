namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>An attempt failed in a way that another one may not.</summary>
internal sealed class TransientHubException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
