using RabbitMQ.Client;

namespace ThanoSql.Benchmarks.Throughput;

/// <summary>Takes a run's queues and exchanges off the broker.</summary>
internal static class Queues
{
    public static string[] Of(string prefix) => [$"{prefix}-objects", $"{prefix}-store-events", $"{prefix}-pipelines", $"{prefix}-store"];

    public static async Task RemoveAsync(Uri broker, string[] names)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in names)
        {
            await channel.QueueDeleteAsync(name);
            await channel.ExchangeDeleteAsync(name);
        }
    }
}
