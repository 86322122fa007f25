using RabbitMQ.Client;
using ThanoSql.Indexer.Doctor;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>What may be wrong with RabbitMQ, made on a real one.</summary>
public sealed class BrokerTroubleTests(RealServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_broker_is_one_failure()
    {
        var report = await ExamineAsync("amqp://guest:guest@127.0.0.1:1/", "test-none");

        report.ShouldSay("bus", Verdict.Failed, "127.0.0.1:1", "Start RabbitMQ");
        report.ShouldSay("queues", Verdict.Skipped, "see bus");
    }

    [Fact]
    public async Task A_wrong_password_of_the_broker_is_told()
    {
        var address = new UriBuilder(await servers.RabbitMqAsync()) { Password = "wrong" };

        (await ExamineAsync(address.Uri.ToString(), "test-none")).ShouldSay("bus", Verdict.Failed, "ACCESS_REFUSED", "Bus:RabbitMq:Uri");
    }

    [Fact]
    public async Task Missing_queues_queues_without_a_consumer_and_full_error_queues_are_each_named()
    {
        var (broker, prefix) = (await servers.RabbitMqAsync(), $"test-{Guid.NewGuid():N}");
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(Cancellation);
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        await using var channel = await connection.CreateChannelAsync(options, Cancellation);
        foreach (var queue in new[] { "objects", "objects_error" })
            await channel.QueueDeclareAsync($"{prefix}-{queue}", exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        for (var i = 0; i < 3; i++)
            await channel.BasicPublishAsync("", $"{prefix}-objects_error", mandatory: true, new byte[] { 1 }, Cancellation);

        var report = await ExamineAsync(broker, prefix);

        report.ShouldSay("bus", Verdict.Ok, "RabbitMQ ");
        var queues = report.Of("queues");
        queues.Verdict.ShouldBe(Verdict.Warning);
        queues.Seen.ShouldContain($"{prefix}-objects_error holds 3 messages");
        queues.Seen.ShouldContain($"{prefix}-objects (0 messages) has no consumer");
        queues.Seen.ShouldContain($"{prefix}-training-requested is not there");
        queues.Advice.ShouldNotBeNull().ShouldContain($"rabbitmqctl purge_queue {prefix}-objects_error");
        (await channel.MessageCountAsync($"{prefix}-objects_error", Cancellation)).ShouldBe(3u);
        foreach (var queue in new[] { "objects", "objects_error" })
            await channel.QueueDeleteAsync($"{prefix}-{queue}", cancellationToken: Cancellation);
    }

    private static async Task<Report> ExamineAsync(string broker, string prefix)
    {
        using var visit = new DoctorVisit(("Bus:Transport", "rabbitmq"), ("Bus:RabbitMq:Uri", broker), ("Indexing:QueuePrefix", prefix));
        return await visit.RunAsync();
    }
}
