namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The broker answers.</summary>
internal sealed class BusCheck(Patient patient) : ICheck
{
    public string Name => "bus";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (!patient.HasBroker)
            return Finding.Skipped("Bus:Transport is memory: all roles are one process");
        var (connection, trouble) = await Broker.ConnectAsync(patient, cancellationToken);
        if (connection is null)
        {
            return Finding.Failed(
                $"RabbitMQ: {trouble}", "Start RabbitMQ, or mend Bus:RabbitMq:Uri. Events wait in the store, or are found by sweeps.");
        }
        await using (connection)
            return Finding.Ok($"RabbitMQ {Broker.VersionOf(connection)} at {connection.Endpoint.HostName}:{connection.Endpoint.Port}");
    }
}
