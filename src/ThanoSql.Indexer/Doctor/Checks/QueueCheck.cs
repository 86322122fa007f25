using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The queues are there, are consumed and do not grow, and nothing was set aside in the error queues.</summary>
internal sealed class QueueCheck(Patient patient) : ICheck
{
    private const uint Long = 10_000;

    private static readonly (string Name, string Role)[] Queues =
        [("objects", "worker"), ("store-events", "worker"), ("pipelines", "worker"), ("training-requested", "trainer")];

    public string Name => "queues";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (!patient.HasBroker)
            return Finding.Skipped("Bus:Transport is memory: there are none");
        if (await Broker.ConnectAsync(patient, cancellationToken) is not ({ } connection, _))
            return Finding.Skipped("the broker does not answer (see bus)");
        await using (connection)
        {
            var findings = new List<Finding>();
            foreach (var (name, role) in Queues)
            {
                var queue = $"{patient.QueuePrefix}-{name}";
                findings.Add(Judge(queue, role, await FindAsync(connection, queue, cancellationToken)));
                foreach (var aside in new[] { $"{queue}_error", $"{queue}_skipped" })
                    findings.AddRange(SetAside(aside, await FindAsync(connection, aside, cancellationToken)));
            }
            return Finding.Worst(findings);
        }
    }

    private static Finding Judge(string queue, string role, QueueDeclareOk? found) => found switch
    {
        null => Finding.Warning($"{queue} is not there", $"Start thanosql {role}, which makes it."),
        { ConsumerCount: 0 } => Finding.Warning($"{queue} ({found.MessageCount} messages) has no consumer", $"Start thanosql {role}."),
        { MessageCount: > Long } => Finding.Warning(
            $"{queue} holds {found.MessageCount} messages", $"Start more of thanosql {role}, or look why they are slow (docs/scale.md)."),
        _ => Finding.Ok($"{queue}: {found.MessageCount} messages, {found.ConsumerCount} consumers"),
    };

    // MassTransit makes them with their first message
    private static IEnumerable<Finding> SetAside(string queue, QueueDeclareOk? found) => found is { MessageCount: > 0 }
        ?
        [
            Finding.Warning(
                $"{queue} holds {found.MessageCount} messages",
                "thanosql failures and the log say what is wrong with them. When that is mended, let a sweep find the images (thanosql sweep), and "
                    + $"empty it: rabbitmqctl purge_queue {queue}"),
        ]
        : [];

    // A queue that is not there closes the channel
    private static async Task<QueueDeclareOk?> FindAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(null, cancellationToken);
        try
        {
            return await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }
}
