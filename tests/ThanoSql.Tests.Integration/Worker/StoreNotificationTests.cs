using System.Text;
using RabbitMQ.Client;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>What an object store sends to the broker by itself.</summary>
public sealed class StoreNotificationTests(PostgresServer postgres, RealServers servers) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Garbage_is_listed_with_its_reason_and_the_consumer_goes_on_with_the_next_event()
    {
        var broker = await servers.RabbitMqAsync();
        var prefix = $"test-{Guid.NewGuid():N}";
        await using var world = await IndexingWorld.CreateAsync(postgres, broker);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch: false, ("Indexing:QueuePrefix", prefix));
        await world.PutAsync("p/사과 1.png", Picture.Of(1));

        await SendAsync(broker, prefix, null, "\0\xFF no json"u8.ToArray());
        await SendAsync(broker, prefix, "text/plain", "hello"u8.ToArray());
        await SendAsync(broker, prefix, "application/json", """{"a": 1}"""u8.ToArray());
        await SendAsync(broker, prefix, "application/json", Encoding.UTF8.GetBytes("""
            {"Records": [{"eventVersion": "2.2", "eventSource": "ceph:s3", "eventTime": "2026-01-01T00:00:00.000Z", "eventName": "ObjectCreated:Put",
              "s3": {"bucket": {"name": "workspace"}, "object": {"key": "p/사과 1.png", "size": 10, "eTag": "x", "sequencer": "0000000000000000"}}}]}
            """));

        await world.EventuallyAsync("SELECT image_path, keyword_source FROM products", "p/사과 1.png|model");
        await world.EventuallyAsync("SELECT kind, count(*) FROM thanosql.failures GROUP BY 1", "event|3");
        await world.StopAsync();
        await RemoveAsync(broker, prefix);
    }

    private static async Task SendAsync(string broker, string prefix, string? contentType, byte[] body)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        var properties = new BasicProperties();
        if (contentType is not null)
            properties.ContentType = contentType;
        await channel.BasicPublishAsync($"{prefix}-store", "any", mandatory: true, properties, body, Cancellation);
    }

    private static async Task RemoveAsync(string broker, string prefix)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        foreach (var name in new[] { "objects", "pipelines", "store-events" })
        {
            await channel.QueueDeleteAsync($"{prefix}-{name}", cancellationToken: Cancellation);
            await channel.ExchangeDeleteAsync($"{prefix}-{name}", cancellationToken: Cancellation);
        }
        await channel.ExchangeDeleteAsync($"{prefix}-store", cancellationToken: Cancellation);
    }
}
