using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ThanoSql.Tests.Faults.World;

/// <summary>The queues of one test on a RabbitMQ.</summary>
internal sealed class Broker(string uri, string prefix)
{
    private static readonly string[] Queues =
    [
        "objects", "store-events", "pipelines", "training-requested",
        "objects_error", "store-events_error", "objects_skipped", "store-events_skipped",
    ];

    /// <summary>The exchanges that our messages are published to, after the prefix.</summary>
    public static readonly string[] Messages =
        ["ThanoSql.Messages:ObjectChanged", "ThanoSql.Messages:ModelSwitched", "ThanoSql.Messages:TrainingRequested"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Publishes to the exchange that stores send to; returns when the broker has it.</summary>
    public async Task SendAsync(IEnumerable<byte[]> bodies, string? contentType = "application/json", string? exchange = null)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancellation);
        var properties = new BasicProperties { Persistent = true };
        if (contentType is not null)
            properties.ContentType = contentType;
        foreach (var body in bodies)
            await channel.BasicPublishAsync(exchange ?? $"{prefix}-store", "any", mandatory: true, properties, body, Cancellation);
    }

    /// <summary>Messages that wait in one of the test's queues; null when there is no such queue.</summary>
    public async Task<uint?> DepthAsync(string queue)
    {
        await using var connection = await ConnectAsync();
        return await DepthAsync(connection, queue);
    }

    /// <summary>Whether nothing waits for workers.</summary>
    public async Task<bool> IsDrainedAsync()
    {
        await using var connection = await ConnectAsync();
        return await DepthAsync(connection, "objects") is null or 0 && await DepthAsync(connection, "store-events") is null or 0;
    }

    /// <summary>The messages of a queue, which stay there: the reason that MassTransit noted, and the body.</summary>
    public async Task<List<(string Reason, byte[] Body)>> PeekAsync(string queue)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        var messages = new List<(string, byte[])>();
        while (await channel.BasicGetAsync($"{prefix}-{queue}", autoAck: false, Cancellation) is { } message)
        {
            object? reason = null;
            message.BasicProperties.Headers?.TryGetValue("MT-Fault-Message", out reason);
            messages.Add((reason is byte[] text ? System.Text.Encoding.UTF8.GetString(text) : "", message.Body.ToArray()));
        }
        return messages;
    }

    public async Task RemoveAsync()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(null, CancellationToken.None);
        foreach (var name in Queues)
        {
            await channel.QueueDeleteAsync($"{prefix}-{name}", false, false, cancellationToken: CancellationToken.None);
            await channel.ExchangeDeleteAsync($"{prefix}-{name}", false, cancellationToken: CancellationToken.None);
        }
        foreach (var exchange in Messages.Append("store"))
            await channel.ExchangeDeleteAsync($"{prefix}-{exchange}", false, cancellationToken: CancellationToken.None);
    }

    /// <param name="name">In full.</param>
    public async Task<bool> HasExchangeAsync(string name)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        try
        {
            await channel.ExchangeDeclarePassiveAsync(name, Cancellation);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    /// <summary>Makes a queue as somebody else would: a classic one.</summary>
    public async Task DeclareOtherwiseAsync(string queue)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        await channel.QueueDeclareAsync($"{prefix}-{queue}", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
    }

    public async Task DeleteAsync(string queue)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        await channel.QueueDeleteAsync($"{prefix}-{queue}", false, false, cancellationToken: Cancellation);
    }

    private Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = new Uri(uri) }.CreateConnectionAsync(CancellationToken.None);

    private async Task<uint?> DepthAsync(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync(null, Cancellation);
        try
        {
            return await channel.MessageCountAsync($"{prefix}-{queue}", Cancellation);
        }
        catch (OperationInterruptedException)
        {
            return null;
        }
    }
}
