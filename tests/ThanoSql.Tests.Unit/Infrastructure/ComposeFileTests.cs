using ThanoSql.Tests.Fixtures;
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
        _services.Keys.Order().ShouldBe([.. Servers.Concat(ConfigurationKeys.Roles).Concat(["store-init", "backup"]).Order()]);

    [Fact]
    public void The_roles_run_from_one_image_under_their_own_names()
    {
        foreach (var role in ConfigurationKeys.Roles)
        {
            Texts(_services[role]["command"]).ShouldBe([role]);
            _services[role]["image"].ShouldBe(_services["store-init"]["image"]);
            _services[role]["build"]["dockerfile"].Text().ShouldBe("infra/Dockerfile");
        }
        Texts(_services["store-init"]["command"]).ShouldBe(["store", "init"]);
    }

    [Fact]
    public void The_roles_set_the_keys_of_a_deployment()
    {
        foreach (var role in ConfigurationKeys.Roles)
            Settings(role).Keys.Order(StringComparer.Ordinal).ShouldBe(ConfigurationKeys.Deployment);
    }

    [Fact]
    public void The_roles_reach_the_servers_with_the_passwords_that_those_were_given()
    {
        var settings = Settings("worker").ToDictionary(setting => setting.Key, setting => setting.Value.Text());
        var postgres = Settings("postgres");
        var rabbitmq = Settings("rabbitmq");
        var minio = Settings("minio");

        settings["Database__ConnectionString"].ShouldBe(
            $"Host=postgres;Database={postgres["POSTGRES_DB"].Text()};Username=thanosql;Password={postgres["POSTGRES_PASSWORD"].Text()}");
        postgres["POSTGRES_USER"].Text().ShouldBe("postgres"); // infra/postgres/init.sh makes the owner, which is no superuser
        settings["Bus__RabbitMq__Uri"].ShouldBe(
            $"amqp://{rabbitmq["RABBITMQ_DEFAULT_USER"].Text()}:{rabbitmq["RABBITMQ_DEFAULT_PASS"].Text()}@rabbitmq:5672/");
        settings["Storage__S3__AccessKey"].ShouldBe(minio["MINIO_ROOT_USER"].Text());
        settings["Storage__S3__SecretKey"].ShouldBe(minio["MINIO_ROOT_PASSWORD"].Text());
        settings["Storage__S3__Endpoint"].ShouldBe("http://minio:9000");
        (settings["Bus__Transport"], settings["Storage__Kind"]).ShouldBe(("rabbitmq", "s3"));
    }

    [Fact]
    public void What_stays_running_is_checked_for_health()
    {
        foreach (var role in ConfigurationKeys.Roles)
            Texts(_services[role]["healthcheck"]["test"]).ShouldBe(["CMD", "curl", "--fail", "--silent", "http://127.0.0.1:8080/health/ready"]);
        Texts(_services["postgres"]["healthcheck"]["test"])[1].ShouldBe("pg_isready");
        Texts(_services["rabbitmq"]["healthcheck"]["test"])[1].ShouldBe("rabbitmq-diagnostics");
        Texts(_services["minio"]["healthcheck"]["test"])[^1].ShouldBe("http://127.0.0.1:9000/minio/health/ready");
    }

    [Fact]
    public void The_roles_wait_for_healthy_servers_and_the_worker_for_its_bucket()
    {
        foreach (var role in ConfigurationKeys.Roles)
        {
            var conditions = _services[role]["depends_on"].Entries();
            foreach (var server in Servers)
                conditions[server]["condition"].Text().ShouldBe("service_healthy", $"{role} needs {server}");
        }
        _services["worker"]["depends_on"].Entries()["store-init"]["condition"].Text().ShouldBe("service_completed_successfully");
    }

    [Fact]
    public void Images_of_others_are_pinned()
    {
        _services["postgres"]["image"].Text().ShouldMatch(@"^postgres:\d\S+$");
        _services["rabbitmq"]["image"].Text().ShouldMatch(@"^rabbitmq:\d\S+$");
        _services["minio"]["image"].Text().ShouldMatch(@"^minio/minio:RELEASE\.\d\S+$");
    }

    [Fact]
    public void The_query_service_and_the_store_are_published_on_loopback_and_nothing_else_is()
    {
        var ports = _services.Where(service => service.Value.ContainsKey("ports")).ToDictionary(
            service => service.Key, service => Texts(service.Value["ports"]).Single());

        ports.ShouldBe(new Dictionary<string, string> { ["query"] = "127.0.0.1:8080:8080", ["minio"] = "127.0.0.1:9000:9000" }, ignoreOrder: true);
        Settings("query")["Query__Urls"].Text().ShouldBe("http://0.0.0.0:8080");
    }

    [Fact]
    public void What_must_outlive_a_container_is_on_a_volume()
    {
        var volumes = Servers.Concat(ConfigurationKeys.Roles).ToDictionary(service => service, service => Texts(_services[service]["volumes"]));

        _file["volumes"].Entries().Keys.Order().ShouldBe(["backups", "minio", "models", "postgres", "rabbitmq", "thumbnails"]);
        volumes["postgres"].ShouldContain("postgres:/var/lib/postgresql/data");
        volumes["rabbitmq"].ShouldBe(["rabbitmq:/var/lib/rabbitmq"]);
        volumes["minio"].ShouldBe(["minio:/data"]);
        foreach (var role in ConfigurationKeys.Roles)
        {
            volumes[role].ShouldBe(
                [
                    $"models:{Settings(role)["Models__Folder"].Text()}",
                    $"thumbnails:{Settings(role)["Query__Images__ThumbnailFolder"].Text()}",
                    $"./pipelines:{Settings(role)["Indexing__Pipelines"].Text()}:ro",
                ]);
        }
    }

    [Fact]
    public void The_backup_runs_when_it_is_asked_for_with_the_script_that_is_tested()
    {
        var backup = _services["backup"];

        Texts(backup["profiles"]).ShouldBe(["backup"]);
        Texts(backup["command"]).ShouldBe(["bash", "/scripts/dump.sh", "/backups"]);
        Texts(backup["volumes"]).ShouldBe(["./infra/backup:/scripts:ro", "backups:/backups"]);
        File.Exists(Repository.File("infra/backup/dump.sh")).ShouldBeTrue();
        backup["image"].ShouldBe(_services["postgres"]["image"]);
        var (password, database) = (Settings("postgres")["POSTGRES_PASSWORD"].Text(), Settings("postgres")["POSTGRES_DB"].Text());
        Settings("backup")["DATABASE"].Text().ShouldBe($"host=postgres user=thanosql password={password} dbname={database}");
    }

    [Fact]
    public void Every_role_has_its_share_of_the_memory()
    {
        foreach (var role in ConfigurationKeys.Roles)
            _services[role]["mem_limit"].Text().ShouldMatch(@"^\dg$");
    }

    // https://github.com/compose-spec/compose-spec/blob/main/05-services.md, as far as it is used: a misspelt field is none of these
    [Fact]
    public void Every_field_of_a_service_is_one_of_composes()
    {
        string[] fields =
        [
            "build", "command", "depends_on", "environment", "healthcheck", "hostname", "image", "mem_limit", "ports", "profiles", "restart",
            "shm_size", "stop_grace_period", "volumes",
        ];
        string[] health = ["disable", "interval", "retries", "start_period", "test", "timeout"];

        _file.Keys.ShouldBe(["x-thanosql", "services", "volumes"]);
        _services.Values.SelectMany(service => service.Keys).Except(fields).ShouldBeEmpty();
        _services.Values.Where(service => service.ContainsKey("healthcheck")).SelectMany(service => service["healthcheck"].Entries().Keys)
            .Except(health).ShouldBeEmpty();
    }

    [Fact]
    public void MinIO_sends_its_events_to_the_broker_under_the_target_that_store_init_names()
    {
        var settings = Settings("minio");

        settings["MINIO_NOTIFY_AMQP_ENABLE_1"].Text().ShouldBe("on");
        settings["MINIO_NOTIFY_AMQP_URL_1"].ShouldBe(Settings("worker")["Bus__RabbitMq__Uri"]);
        settings["MINIO_NOTIFY_AMQP_EXCHANGE_TYPE_1"].Text().ShouldBe("topic");
        settings["MINIO_NOTIFY_AMQP_DURABLE_1"].Text().ShouldBe("on");
        settings.Keys.ShouldContain("MINIO_NOTIFY_AMQP_QUEUE_DIR_1");
        ThanoSql.Storage.S3.StoreInit.MinIOAmqpTarget.ShouldBe("arn:minio:sqs::1:amqp");
    }

    private Dictionary<string, YamlNode> Settings(string service) => _services[service]["environment"].Entries();

    private static List<string> Texts(YamlNode list) => [.. ((YamlSequenceNode)list).Select(item => item.Text())];
}
