using System.Xml.Linq;
using Minio.DataModel.Args;
using Minio.DataModel.Notification;

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
        using var connection = new S3Connection(options, time);
        await connection.EnsureBucketAsync(bucket, cancellationToken).ConfigureAwait(false);
        var topic = await CreateTopicAsync(connection, notification, cancellationToken).ConfigureAwait(false);
        var wanted = new BucketNotification { TopicConfigs = [new TopicConfig { Id = NotificationId, Topic = topic, Events = Events }] };
        await NotifyAsync(connection, bucket, wanted, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Bucket and notification on MinIO.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="target">An AMQP or webhook target of the server, for example <see cref="MinIOAmqpTarget"/>.</param>
    /// <param name="cancellationToken">Leaves what was done so far.</param>
    public async Task MinIOAsync(string bucket, string target, CancellationToken cancellationToken)
    {
        using var connection = new S3Connection(options, time);
        await connection.EnsureBucketAsync(bucket, cancellationToken).ConfigureAwait(false);
        var wanted = new BucketNotification { QueueConfigs = [new QueueConfig { Id = NotificationId, Queue = target, Events = Events }] };
        await NotifyAsync(connection, bucket, wanted, cancellationToken).ConfigureAwait(false);
    }

    private static Task NotifyAsync(S3Connection connection, string bucket, BucketNotification wanted, CancellationToken cancellationToken) =>
        connection.Client.SetBucketNotificationsAsync(
            new SetBucketNotificationsArgs().WithBucket(bucket).WithBucketNotificationConfiguration(wanted), cancellationToken);

    // Or replaces its attributes. radosgw speaks the SNS protocol on its S3 port (Ceph manual, "Bucket Notifications"); the client does not.
    private static async Task<string> CreateTopicAsync(
        S3Connection connection, CephNotification notification, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string> { ["Action"] = "CreateTopic", ["Version"] = "2010-03-31", ["Name"] = notification.Topic };
        foreach (var (i, (key, value)) in notification.Attributes.Index())
        {
            form[$"Attributes.entry.{i + 1}.key"] = key;
            form[$"Attributes.entry.{i + 1}.value"] = value;
        }
        using var encoded = new FormUrlEncodedContent(form);
        var body = await encoded.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        await using var answer = await connection.SendSignedAsync(
            HttpMethod.Post, "/", body, "application/x-www-form-urlencoded", "sns", cancellationToken).ConfigureAwait(false);
        var document = await XDocument.LoadAsync(answer, LoadOptions.None, cancellationToken).ConfigureAwait(false);
        return document.Descendants().Single(element => element.Name.LocalName == "TopicArn").Value;
    }
}

/// <summary>Where Ceph's radosgw sends the events of a bucket.</summary>
public sealed record CephNotification
{
    /// <param name="topic">The topic's name, unique in the gateway.</param>
    /// <param name="pushEndpoint">For example <c>amqp://127.0.0.1:5672</c>, as the gateway sees it.</param>
    /// <param name="exchange">The exchange, which must exist already: events before its queue is bound are lost.</param>
    /// <exception cref="StoreRefusedException">The address carries a password, which radosgw refuses without TLS.</exception>
    public CephNotification(string topic, Uri pushEndpoint, string exchange)
    {
        if (pushEndpoint.UserInfo.Length > 0 && pushEndpoint.Scheme != "amqps")
        {
            throw new StoreRefusedException(
                "radosgw takes no password in an unencrypted push endpoint: leave it out (RabbitMQ then sees the user guest), or use amqps.");
        }
        (Topic, PushEndpoint, Exchange) = (topic, pushEndpoint, exchange);
    }

    public string Topic { get; }

    public Uri PushEndpoint { get; }

    public string Exchange { get; }

    // Persistent: radosgw keeps events while the broker is down; otherwise the upload succeeds and the event is lost.
    internal (string Key, string Value)[] Attributes =>
    [
        ("push-endpoint", PushEndpoint.AbsoluteUri.TrimEnd('/')), // a closing slash would mean a virtual host without a name
        ("amqp-exchange", Exchange),
        ("amqp-ack-level", "broker"),
        ("persistent", "true"),
    ];
}
