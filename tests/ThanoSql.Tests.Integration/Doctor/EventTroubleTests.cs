using ThanoSql.Indexer.Doctor;
using ThanoSql.Storage.S3;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>Whether a real S3 server's notifications are wired.</summary>
public sealed class EventTroubleTests(RealServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notifications_that_reach_the_broker_are_told_from_those_that_were_never_turned_on()
    {
        // A gateway of its own: radosgw 16 keeps one exchange for each broker
        await using var ceph = await PrivateServers.CreateAsync("ceph");
        var (broker, prefix) = (new Uri(await servers.RabbitMqAsync()), $"test-{Guid.NewGuid():N}");
        var settings = new Dictionary<string, string>
        {
            ["Storage__Kind"] = "s3",
            ["Storage__S3__Endpoint"] = ceph["Storage__S3__Endpoint"],
            ["Storage__S3__AccessKey"] = ceph["Storage__S3__AccessKey"],
            ["Storage__S3__SecretKey"] = ceph["Storage__S3__SecretKey"],
            ["Bus__Transport"] = "rabbitmq",
            ["Bus__RabbitMq__Uri"] = broker.ToString(),
            ["Indexing__QueuePrefix"] = prefix,
        };

        using (var store = new S3Store(
            new S3StoreOptions
            {
                Endpoint = settings["Storage__S3__Endpoint"],
                AccessKey = settings["Storage__S3__AccessKey"],
                SecretKey = settings["Storage__S3__SecretKey"],
            },
            TimeProvider.System))
        {
            await store.EnsureBucketAsync("deaf", Cancellation);
        }
        (await ExamineAsync(settings, "deaf")).ShouldSay("events", Verdict.Failed, $"no exchange {prefix}-store", "thanosql store init");

        await using var init = ThanoSqlProcess.Start(
            new Dictionary<string, string>(settings) { ["Database__ConnectionString"] = "Host=127.0.0.1;Port=1" },
            "store", "init", "--kind", "ceph", "--bucket", "workspace", "--target", $"amqp://{broker.Host}:{broker.Port}");
        (await init.WaitForExitAsync()).ShouldBe(0, init.Output);

        (await ExamineAsync(settings, "workspace")).ShouldSay("events", Verdict.Ok, "reached the broker");
        (await ExamineAsync(settings, "deaf")).ShouldSay("events", Verdict.Failed, "the store sent no event", "thanosql store init");
    }

    private static async Task<Report> ExamineAsync(IReadOnlyDictionary<string, string> settings, string bucket)
    {
        (string, string?)[] own = [.. settings.Select(s => (s.Key.Replace("__", ":", StringComparison.Ordinal), s.Value))];
        // Half of it is waited for what does not come
        var patience = TimeSpan.FromSeconds(bucket == "deaf" ? 12 : 60);
        using var visit = new DoctorVisit([.. own, ("Storage:DefaultBucket", bucket)]) { Patience = patience };
        return await visit.RunAsync();
    }
}
