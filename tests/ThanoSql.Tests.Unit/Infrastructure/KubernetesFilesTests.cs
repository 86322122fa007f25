using ThanoSql.Tests.Fixtures;
using YamlDotNet.RepresentationModel;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed class KubernetesFilesTests
{
    private const string Folder = "infra/kubernetes";

    private static readonly IReadOnlyList<YamlMappingNode> Manifests =
    [
        .. Directory.EnumerateFiles(Repository.File(Folder), "*.yaml").Order(StringComparer.Ordinal).SelectMany(
            file => YamlFile.Read(file)),
    ];

    [Fact]
    public void Every_manifest_has_a_version_and_a_kind_and_a_name()
    {
        foreach (var manifest in Manifests)
        {
            manifest["apiVersion"].Text().ShouldNotBeEmpty();
            if (manifest["kind"].Text() != "Kustomization")
                manifest["metadata"]["name"].Text().ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void The_kustomization_names_every_file_but_the_example_and_what_runs_once()
    {
        var named = ((YamlSequenceNode)Manifests.Single(manifest => manifest["kind"].Text() == "Kustomization")["resources"])
            .Select(file => file.Text());
        var there = Directory.EnumerateFiles(Repository.File(Folder)).Select(file => Path.GetFileName(file)!);

        named.Order().ShouldBe(there.Except(["kustomization.yaml", "roles.yaml", "secret.example.yaml"]).Order());
    }

    [Fact]
    public void Every_role_is_a_deployment_that_starts_it() =>
        Deployments().Select(deployment => (Name(deployment), Container(deployment)["args"][0].Text()))
            .ShouldBe(ConfigurationKeys.Roles.Select(role => (role, role)), ignoreOrder: true);

    [Fact]
    public void Every_role_is_probed_and_limited_and_runs_without_rights()
    {
        foreach (var container in Deployments().Select(Container))
        {
            container["livenessProbe"]["httpGet"]["path"].Text().ShouldBe("/health/live");
            container["readinessProbe"]["httpGet"]["path"].Text().ShouldBe("/health/ready");
            container["startupProbe"]["httpGet"]["port"].Text().ShouldBe(container["ports"][0]["name"].Text());
            container["resources"]["requests"].Entries().Keys.ShouldBe(["cpu", "memory"]);
            container["resources"]["limits"].Entries().Keys.ShouldContain("memory");
            container["securityContext"]["allowPrivilegeEscalation"].Text().ShouldBe("false");
        }
        Manifests.SelectMany(manifest => manifest.All("runAsNonRoot")).Select(value => value.Text()).ShouldBe(["true", "true", "true", "true"]);
    }

    [Fact]
    public void Configuration_and_secret_hold_the_keys_of_a_deployment()
    {
        var keys = Named("ConfigMap", "thanosql")["data"].Entries().Keys.Concat(Named("Secret", "thanosql")["stringData"].Entries().Keys);

        keys.Where(key => !key.StartsWith("Keda__")).Order(StringComparer.Ordinal).ShouldBe(ConfigurationKeys.Deployment);
    }

    [Fact]
    public void What_is_scaled_exists()
    {
        var names = Deployments().Select(Name).ToList();
        var targets = Manifests.SelectMany(manifest => manifest.All("scaleTargetRef")).Select(target => target["name"].Text()).ToList();

        targets.ShouldBe(["worker", "query"], ignoreOrder: true);
        targets.ShouldAllBe(target => names.Contains(target));
    }

    [Fact]
    public void Workers_are_scaled_by_the_queue_that_stores_fill()
    {
        var triggers = (YamlSequenceNode)Named("ScaledObject", "worker")["spec"]["triggers"];
        var secrets = Named("Secret", "thanosql")["stringData"].Entries().Keys;

        var queue = triggers.Single(trigger => trigger["type"].Text() == "rabbitmq")["metadata"];
        secrets.ShouldContain(queue["hostFromEnv"].Text());
        queue["queueName"].Text().ShouldBe("thanosql-store-events");
        secrets.ShouldContain(triggers.Single(trigger => trigger["type"].Text() == "postgresql")["metadata"]["connectionFromEnv"].Text());
    }

    private static List<YamlMappingNode> Deployments() => [.. Manifests.Where(manifest => manifest["kind"].Text() == "Deployment")];

    private static string Name(YamlNode manifest) => manifest["metadata"]["name"].Text();

    private static YamlNode Container(YamlNode deployment) => deployment["spec"]["template"]["spec"]["containers"][0];

    private static YamlMappingNode Named(string kind, string name) =>
        Manifests.Single(manifest => manifest["kind"].Text() == kind && Name(manifest) == name);
}
