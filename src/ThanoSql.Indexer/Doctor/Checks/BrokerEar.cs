using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>Hears what the store sends to the exchange of its events, in a queue of its own that goes with this connection.</summary>
internal sealed class BrokerEar : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly System.Threading.Channels.Channel<string> _heard = System.Threading.Channels.Channel.CreateUnbounded<string>();

    private BrokerEar(IConnection connection) => _connection = connection;

    /// <returns>Null when the broker does not answer.</returns>
    /// <exception cref="NoExchangeException">There is no exchange for the store's events.</exception>
    public static async Task<BrokerEar?> OpenAsync(Patient patient, CancellationToken cancellationToken)
    {
        var exchange = $"{patient.QueuePrefix}-store";
        if (await Broker.ConnectAsync(patient, cancellationToken) is not ({ } connection, _))
            return null;
        var ear = new BrokerEar(connection);
        try
        {
            await ear.BindAsync(exchange, cancellationToken);
            return ear;
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            await ear.DisposeAsync();
            throw new NoExchangeException($"RabbitMQ has no exchange {exchange}, to which the store would send its events");
        }
        catch
        {
            await ear.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends when the store told that this object was made.</summary>
    public async Task HearAsync(string key, CancellationToken cancellationToken)
    {
        await foreach (var body in _heard.Reader.ReadAllAsync(cancellationToken))
        {
            if (body.Contains(key, StringComparison.Ordinal) && body.Contains("ObjectCreated", StringComparison.Ordinal))
                return;
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task BindAsync(string exchange, CancellationToken cancellationToken)
    {
        var channel = await _connection.CreateChannelAsync(null, cancellationToken);
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue.QueueName, exchange, "#", cancellationToken: cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, told) =>
        {
            _heard.Writer.TryWrite(Encoding.UTF8.GetString(told.Body.Span));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, cancellationToken);
    }

    /// <summary>The store's events would have nowhere to go.</summary>
    internal sealed class NoExchangeException(string message) : Exception(message);
}
