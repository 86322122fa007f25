using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>A connection to RabbitMQ.</summary>
internal static class Broker
{
    /// <returns>The connection, or why there is none.</returns>
    public static async Task<(IConnection? Connection, string? Trouble)> ConnectAsync(Patient patient, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(patient.Configuration["Bus:RabbitMq:Uri"], UriKind.Absolute, out var address))
            return (null, "Bus:RabbitMq:Uri is no address: amqp://user:password@host:5672/");
        var factory = new ConnectionFactory
        {
            Uri = address,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = patient.Patience,
            HandshakeContinuationTimeout = patient.Patience,
            ContinuationTimeout = patient.Patience,
            ClientProvidedName = "thanosql doctor",
        };
        try
        {
            return (await factory.CreateConnectionAsync(cancellationToken), null);
        }
        catch (BrokerUnreachableException none)
        {
            return (null, $"{address.Host}:{factory.Port}: {(none.InnerException ?? none).Message}");
        }
    }

    public static string VersionOf(IConnection connection) =>
        connection.ServerProperties?.TryGetValue("version", out var version) == true && version is byte[] text ? Encoding.UTF8.GetString(text) : "?";
}
