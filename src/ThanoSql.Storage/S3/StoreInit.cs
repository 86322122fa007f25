using Amazon.S3;
using Amazon.S3.Model;

namespace ThanoSql.Storage.S3;

/// <summary>
/// Prepares an S3 server for <c>thanosql store init</c>: the bucket, and notifications of what is put and deleted in it. Running it again
/// changes nothing. The exchange and its queue must be there first, since nobody keeps events that have nowhere to go.
/// </summary>
public sealed class StoreInit(S3StoreOptions options, TimeProvider time)
{
    /// <summary>The target that <c>MINIO_NOTIFY_AMQP_*_1</c> in MinIO's own environment makes.</summary>
    public const string MinIOAmqpTarget = "arn:minio:sqs::1:amqp";

    private const string NotificationId = "thanosql";
    private static readonly List<EventType> Events = [EventType.ObjectCreatedAll, EventType.ObjectRemovedAll];

    /// <summary>Bucket, topic and notification on Ceph's radosgw, which delivers to AMQP by itself.</summary>
    public async Task CephAsync(string bucket, CephNotification notification, CancellationToken cancellationToken)
    {
        await EnsureBucketAsync(bucket, cancellationToken).ConfigureAwait(false);
        using var http = new HttpClient { Timeout = options.Timeout };
        var topic = await new CephTopics(options, time, http).CreateAsync(notification, cancellationToken).ConfigureAwait(false);
        await NotifyAsync(bucket, new() { TopicConfigurations = [new() { Id = NotificationId, Topic = topic, Events = Events }] }, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Bucket and notification on MinIO.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="target">An AMQP or webhook target of the server, for example <see cref="MinIOAmqpTarget"/>.</param>
    /// <param name="cancellationToken">Leaves what was done so far.</param>
    public async Task MinIOAsync(string bucket, string target, CancellationToken cancellationToken)
    {
        await EnsureBucketAsync(bucket, cancellationToken).ConfigureAwait(false);
        await NotifyAsync(bucket, new() { QueueConfigurations = [new() { Id = NotificationId, Queue = target, Events = Events }] }, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        using var store = new S3Store(options, time);
        await store.EnsureBucketAsync(bucket, cancellationToken).ConfigureAwait(false);
    }

    private async Task NotifyAsync(string bucket, PutBucketNotificationRequest request, CancellationToken cancellationToken)
    {
        request.BucketName = bucket;
        using var client = S3ClientFactory.Create(options);
        try
        {
            await client.PutBucketNotificationAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (S3Errors.Translate($"s3://{bucket}", bucket, exception, cancellationToken) is { } translated)
        {
            throw translated;
        }
    }
}
