namespace ThanoSql.Storage.S3;

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
}
