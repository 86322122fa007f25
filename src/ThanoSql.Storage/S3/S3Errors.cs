using System.Net;
using Amazon.Runtime;

namespace ThanoSql.Storage.S3;

/// <summary>Turns what the S3 client throws into the store's own errors.</summary>
internal static class S3Errors
{
    // Transient in spite of their status 4xx.
    private static readonly string[] TransientCodes =
        ["RequestTimeout", "IncompleteBody", "OperationAborted", "SlowDown", "Throttling", "ThrottlingException", "RequestThrottled"];

    /// <summary>There is no such object; the answer to a HEAD does not tell whether there is a bucket.</summary>
    public static bool IsMissingObject(Exception exception) =>
        exception is AmazonServiceException { StatusCode: HttpStatusCode.NotFound } error && error.ErrorCode != "NoSuchBucket";

    /// <summary>Null when the exception is to pass as it is.</summary>
    public static StoreException? Translate(string target, string bucket, Exception exception, CancellationToken cancellationToken) =>
        exception switch
        {
            AmazonServiceException { StatusCode: HttpStatusCode.NotFound } => new BucketNotFoundException(bucket, exception),
            AmazonServiceException error when IsTransient(error) => Unavailable(target, error),
            AmazonServiceException error => new StoreRefusedException($"{target}: the store refused: {error.Message} ({error.ErrorCode})", error),
            AmazonClientException or HttpRequestException or IOException or TimeoutException => Unavailable(target, exception),
            OperationCanceledException when !cancellationToken.IsCancellationRequested =>
                new StoreUnavailableException($"{target}: the store did not answer in time.", exception),
            _ => null,
        };

    // Without a status the request never got an answer.
    private static bool IsTransient(AmazonServiceException error) =>
        error.StatusCode is 0 or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        || error is AmazonUnmarshallingException
        || TransientCodes.Contains(error.ErrorCode);

    private static StoreUnavailableException Unavailable(string target, Exception cause) =>
        new($"{target}: the store is unavailable: {cause.GetBaseException().Message}", cause);
}
