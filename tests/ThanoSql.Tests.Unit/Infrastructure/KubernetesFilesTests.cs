using k8s.Models;
using ThanoSql.Tests.Fixtures;
using YamlDotNet.Core;

namespace ThanoSql.Tests.Unit.Infrastructure;

/// <summary>infra/kubernetes and infra/backup hold what the program needs, and name nothing that is not there.</summary>
public sealed class KubernetesFilesTests
{
    // Of other programs, in the same secret
    private static readonly string[] Others = ["Keda__", "Backup__"];

    private static IDictionary<string, string> Configuration =>
        KubernetesFiles.All.OfType<V1ConfigMap>().Single(map => map.Name() == "thanosql").Data;

    private static IDictionary<string, string> Secret =>
        KubernetesFiles.All.OfType<V1Secret>().Single(secret => secret.Name() == "thanosql").StringData;

    [Fact]
    public void Every_role_is_a_deployment_that_starts_it() =>
        KubernetesFiles.All.OfType<V1Deployment>().Select(d => (d.Name(), d.Spec.Template.Spec.Containers.Single().Args.Single()))
            .ShouldBe(ConfigurationKeys.Roles.Select(role => (role, role)), ignoreOrder: true);

    [Theory]
    [InlineData("replicas:", "replicaz:")]
    [InlineData("httpGet:", "httpget:")]
    [InlineData("memory: 6Gi", "memory: 6Gi, memory: 7Gi")]
    [InlineData("kind: Deployment", "kind: Deploymend")]
    public void A_field_or_kind_that_is_not_known_fails(string right, string wrong)
    {
        var text = File.ReadAllText(Repository.File("infra/kubernetes/trainer.yaml"));
        text.ShouldContain(right);

        var error = Should.Throw<Exception>(() => KubernetesFiles.Read(text.Replace(right, wrong, StringComparison.Ordinal)));

        (error is YamlException or KeyNotFoundException).ShouldBeTrue(error.ToString());
    }

    [Fact]
    public void Services_are_asked_whether_they_live_and_whether_they_are_ready()
    {
        foreach (var container in KubernetesFiles.All.OfType<V1Deployment>().SelectMany(d => d.Spec.Template.Spec.Containers))
        {
            container.StartupProbe.HttpGet.Path.ShouldBe("/health/live");
            container.LivenessProbe.HttpGet.Path.ShouldBe("/health/live");
            container.ReadinessProbe.HttpGet.Path.ShouldBe("/health/ready");
            container.Ports.ShouldContain(port => port.Name == container.ReadinessProbe.HttpGet.Port.Value);
        }
    }

    [Fact]
    public void Every_container_says_what_it_takes_and_runs_without_rights()
    {
        foreach (var (name, pod) in KubernetesFiles.Pods())
        {
            pod.SecurityContext.RunAsNonRoot.ShouldBe(true, name);
            pod.SecurityContext.SeccompProfile.Type.ShouldBe("RuntimeDefault", name);
            pod.AutomountServiceAccountToken.ShouldBe(false, name);
            foreach (var container in pod.Containers)
            {
                container.Resources.Requests.Keys.ShouldBe(["cpu", "memory"], ignoreOrder: true, name);
                container.Resources.Limits.Keys.ShouldContain("memory", name);
                container.SecurityContext.AllowPrivilegeEscalation.ShouldBe(false, name);
                container.SecurityContext.ReadOnlyRootFilesystem.ShouldBe(true, name);
                container.SecurityContext.Capabilities.Drop.ShouldBe(["ALL"], name);
            }
        }
    }

    [Fact]
    public void What_is_mounted_is_there()
    {
        var configurations = KubernetesFiles.All.OfType<V1ConfigMap>().Select(map => map.Name())
            .Concat(KubernetesFiles.All.OfType<Kustomization>().SelectMany(k => k.ConfigMapGenerator).Select(made => made.Name)).ToList();
        var claims = KubernetesFiles.All.OfType<V1PersistentVolumeClaim>().Select(claim => claim.Name()).ToList();
        foreach (var (name, pod) in KubernetesFiles.Pods())
        {
            var volumes = (pod.Volumes ?? []).Select(volume => volume.Name).ToList();
            pod.Containers.SelectMany(c => c.VolumeMounts ?? []).Select(mount => mount.Name).Order().ShouldBe(volumes.Order(), name);
            foreach (var volume in pod.Volumes ?? [])
            {
                if (volume.ConfigMap is { } map)
                    configurations.ShouldContain(map.Name);
                if (volume.PersistentVolumeClaim is { } claim)
                    claims.ShouldContain(claim.ClaimName);
            }
        }
    }

    [Fact]
    public void What_is_read_from_a_secret_is_in_its_example()
    {
        var asked = KubernetesFiles.Pods().SelectMany(p => p.Pod.Containers).SelectMany(c => c.Env ?? [])
            .Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>().ToList();

        asked.ShouldNotBeEmpty();
        foreach (var key in asked.Where(key => key.Name != "thanosql-superuser")) // made for one job, and deleted after it
            (key.Name, Secret.ContainsKey(key.Key)).ShouldBe(("thanosql", true), key.Key);
    }

    [Fact]
    public void Folders_of_the_settings_lie_on_volumes()
    {
        var mounted = KubernetesFiles.All.OfType<V1Deployment>().Single(d => d.Name() == "query").Spec.Template.Spec.Containers.Single()
            .VolumeMounts.Select(mount => mount.MountPath).ToList();

        Configuration.Values
            .Where(value => value.StartsWith("/var/", StringComparison.Ordinal) || value.StartsWith("/etc/", StringComparison.Ordinal))
            .Except(mounted).ShouldBeEmpty();
    }

    [Fact]
    public void Configuration_and_secret_hold_the_keys_of_a_deployment() =>
        Configuration.Keys.Concat(Secret.Keys).Where(key => !Others.Any(other => key.StartsWith(other, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ShouldBe(ConfigurationKeys.Deployment);

    [Fact]
    public void What_is_scaled_exists()
    {
        var targets = KubernetesFiles.All.OfType<ScaledObject>().Select(scaled => scaled.Spec.ScaleTargetRef.Name)
            .Concat(KubernetesFiles.All.OfType<V2HorizontalPodAutoscaler>().Select(scaler => scaler.Spec.ScaleTargetRef.Name));

        targets.ShouldBe(["worker", "query"], ignoreOrder: true);
    }

    [Fact]
    public void Workers_are_scaled_by_the_queue_that_stores_fill()
    {
        var triggers = KubernetesFiles.All.OfType<ScaledObject>().Single().Spec.Triggers.ToDictionary(
            trigger => trigger.Type, trigger => trigger.Metadata);

        Secret.Keys.ShouldContain(triggers["rabbitmq"]["hostFromEnv"]);
        triggers["rabbitmq"]["queueName"].ShouldBe("thanosql-store-events");
        Secret.Keys.ShouldContain(triggers["postgresql"]["connectionFromEnv"]);
    }

    [Fact]
    public void Kustomize_brings_every_file_but_the_example_and_what_runs_once()
    {
        var brought = new List<string>();
        foreach (var path in KubernetesFiles.Paths.Where(path => Path.GetFileName(path) == "kustomization.yaml"))
        {
            var kustomization = KubernetesFiles.Read(File.ReadAllText(path)).ShouldHaveSingleItem().ShouldBeOfType<Kustomization>();
            brought.AddRange(kustomization.Resources.Concat(kustomization.ConfigMapGenerator.SelectMany(made => made.Files))
                .Select(file => Path.GetFullPath(file, Path.GetDirectoryName(path)!)));
        }

        brought.ShouldAllBe(file => Path.Exists(file));
        var left = new[] { "kustomization.yaml", "roles.yaml", "secret.example.yaml" };
        KubernetesFiles.Paths.Except(brought).Select(path => Path.GetFileName(path)!).Distinct().Order().ShouldBe(left);
    }
}
