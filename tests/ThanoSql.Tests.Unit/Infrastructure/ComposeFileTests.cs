using YamlDotNet.RepresentationModel;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed class ComposeFileTests
{
    private static readonly string[] Servers = ["minio", "postgres", "rabbitmq"];

    private readonly Dictionary<string, YamlNode> _file = YamlFile.Read("docker-compose.yml").Single().Entries();
    private readonly Dictionary<string, Dictionary<string, YamlNode>> _services;

    public ComposeFileTests() => _services = _file["services"].Entries().ToDictionary(entry => entry.Key, entry => entry.Value.Entries());

    [Fact]
    public void Every_role_and_every_server_is_there_once() =>
        _services.Keys.Order().ShouldBe([.. Servers.Concat(ConfigurationKeys.Roles).Append("store-init").Order()]);

    [Fact]
    public void The_roles_run_from_one_image_under_their_own_names()
    {
        foreach (var role in ConfigurationKeys.Roles)
        {
            _services[role]["command"].AllNodes.OfType<YamlScalarNode>().Select(word => word.Value).ShouldBe([role]);
            _services[role]["image"].ShouldBe(_services["store-init"]["image"]);
            _services[role]["build"]["dockerfile"].Text().ShouldBe("infra/Dockerfile");
        }
    }

    [Fact]
    public void The_roles_set_the_keys_of_a_deployment()
    {
        foreach (var role in ConfigurationKeys.Roles)
            _services[role]["environment"].Entries().Keys.Order(StringComparer.Ordinal).ShouldBe(ConfigurationKeys.Deployment);
    }

    [Fact]
    public void What_stays_running_is_checked_for_health()
    {
        foreach (var service in Servers.Concat(ConfigurationKeys.Roles))
            _services[service]["healthcheck"].Entries().Keys.ShouldContain("test", service);
    }

    [Fact]
    public void The_roles_wait_for_healthy_servers()
    {
        foreach (var role in ConfigurationKeys.Roles)
        {
            var conditions = _services[role]["depends_on"].Entries();
            foreach (var server in Servers)
                conditions[server]["condition"].Text().ShouldBe("service_healthy", $"{role} needs {server}");
        }
    }

    [Fact]
    public void Images_of_others_are_pinned()
    {
        foreach (var server in Servers)
            _services[server]["image"].Text().ShouldMatch(@"^[a-z/]+:(?!latest)\S*\d");
    }

    [Fact]
    public void Ports_are_published_on_loopback_only()
    {
        var ports = _services.Values.Where(service => service.ContainsKey("ports"))
            .SelectMany(service => ((YamlSequenceNode)service["ports"]).Select(port => port.Text()));

        ports.ShouldAllBe(port => port.StartsWith("127.0.0.1:"));
    }

    [Fact]
    public void Named_volumes_are_declared_and_used()
    {
        var used = _services.Values.Where(service => service.ContainsKey("volumes"))
            .SelectMany(service => ((YamlSequenceNode)service["volumes"]).Select(volume => volume.Text().Split(':')[0]))
            .Where(source => !source.StartsWith('.'));

        used.Distinct().Order().ShouldBe(_file["volumes"].Entries().Keys.Order());
    }

    [Fact]
    public void MinIO_sends_its_events_to_the_broker_under_the_target_that_store_init_names()
    {
        var settings = _services["minio"]["environment"].Entries();

        settings["MINIO_NOTIFY_AMQP_ENABLE_1"].Text().ShouldBe("on");
        settings["MINIO_NOTIFY_AMQP_URL_1"].ShouldBe(_services["worker"]["environment"].Entries()["Bus__RabbitMq__Uri"]);
        settings["MINIO_NOTIFY_AMQP_EXCHANGE_TYPE_1"].Text().ShouldBe("topic");
        settings["MINIO_NOTIFY_AMQP_DURABLE_1"].Text().ShouldBe("on");
        settings.Keys.ShouldContain("MINIO_NOTIFY_AMQP_QUEUE_DIR_1");
        ThanoSql.Storage.S3.StoreInit.MinIOAmqpTarget.ShouldBe("arn:minio:sqs::1:amqp");
    }
}
