using System.Net.Http.Headers;
using System.Xml.Linq;

namespace ThanoSql.Storage.S3;

/// <summary>
/// Creates the notification topics of Ceph's radosgw, which speaks the SNS protocol on its S3 port (Ceph manual, "Bucket Notifications").
/// </summary>
internal sealed class CephTopics(S3StoreOptions options, TimeProvider time, HttpClient http)
{
    /// <summary>Creates a topic or replaces its attributes.</summary>
    /// <returns>The topic's ARN.</returns>
    public async Task<string> CreateAsync(CephNotification notification, CancellationToken cancellationToken)
    {
        var form =
            new List<KeyValuePair<string, string>> { new("Action", "CreateTopic"), new("Version", "2010-03-31"), new("Name", notification.Topic) };
        var attributes = Attributes(notification);
        for (var i = 0; i < attributes.Length; i++)
        {
            form.Add(new($"Attributes.entry.{i + 1}.key", attributes[i].Key));
            form.Add(new($"Attributes.entry.{i + 1}.value", attributes[i].Value));
        }
        using var encoded = new FormUrlEncodedContent(form);
        var body = await encoded.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(options.Endpoint!), "/"))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded") } },
        };
        new SignatureV4(options.AccessKey, options.SecretKey, options.Region, "sns").Sign(request, body, time.GetUtcNow());
        return await SendAsync(request, notification, cancellationToken).ConfigureAwait(false);
    }

    // Persistent: radosgw keeps events while the broker is down; otherwise the upload succeeds and the event is lost.
    private static (string Key, string Value)[] Attributes(CephNotification notification) =>
    [
        ("push-endpoint", notification.PushEndpoint.AbsoluteUri.TrimEnd('/')), // a closing slash would mean a virtual host without a name
        ("amqp-exchange", notification.Exchange),
        ("amqp-ack-level", "broker"),
        ("persistent", "true"),
    ];

    private async Task<string> SendAsync(HttpRequestMessage request, CephNotification notification, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new StoreRefusedException($"The store refused the topic '{notification.Topic}': {(int)response.StatusCode} {answer}");
            return XDocument.Parse(answer).Descendants().Single(element => element.Name.LocalName == "TopicArn").Value;
        }
        catch (HttpRequestException exception)
        {
            throw new StoreUnavailableException($"{options.Endpoint} cannot be reached: {exception.Message}", exception);
        }
    }
}
