using System.Text.Json;
using RabbitMQ.Client;

namespace ThanoSql.Benchmarks.Throughput;

/// <summary>Sends store events as an S3 server does, about 400 bytes each.</summary>
internal static class EventFeed
{
    public static string KeyOf(int number) => $"shop/{number:00000}.jpg";

    /// <param name="broker">RabbitMQ.</param>
    /// <param name="exchange">It must be there.</param>
    /// <param name="count">One event each for so many keys.</param>
    /// <param name="round">Later rounds have later sequencers.</param>
    /// <param name="stop">Leaves the rest unsent.</param>
    public static async Task SendAsync(Uri broker, string exchange, int count, int round, CancellationToken stop)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(stop);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), stop);
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json" };
        foreach (var batch in Enumerable.Range(0, count).Chunk(200))
        {
            await Task.WhenAll(
                batch.Select(number => channel.BasicPublishAsync(exchange, "any", true, properties, Body(number, round), stop).AsTask()));
        }
    }

    private static byte[] Body(int number, int round) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        Records = new[]
        {
            new
            {
                eventVersion = "2.1",
                eventSource = "aws:s3",
                eventTime = DateTime.UtcNow,
                eventName = "ObjectCreated:Put",
                s3 = new
                {
                    bucket = new { name = "workspace" },
                    @object = new { key = KeyOf(number), size = 1, eTag = $"{round}", sequencer = $"{round:X8}" },
                },
            },
        },
    });
}
