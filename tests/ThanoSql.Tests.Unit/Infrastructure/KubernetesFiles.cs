using k8s;
using k8s.Models;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Infrastructure;

/// <summary>The manifests, read as the cluster reads them: a field that their types do not have is an error.</summary>
internal static class KubernetesFiles
{
    private static readonly Dictionary<string, Type> Types = new()
    {
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
        ["kustomize.config.k8s.io/v1beta1/Kustomization"] = typeof(Kustomization),
    };

    private static readonly string[] Folders = ["infra/kubernetes", "infra/backup"];

    public static IReadOnlyList<string> Paths { get; } =
        [.. Folders.SelectMany(folder => Directory.GetFiles(Repository.File(folder), "*.yaml")).Order()];

    public static IReadOnlyList<object> All { get; } = [.. Paths.SelectMany(path => Read(File.ReadAllText(path)))];

    public static List<object> Read(string text) => KubernetesYaml.LoadAllFromString(text, Types, strict: true);

    /// <summary>With the name of each: deployments, jobs and cron jobs.</summary>
    public static IEnumerable<(string Name, V1PodSpec Pod)> Pods() =>
        All.OfType<V1Deployment>().Select(d => (d.Name(), d.Spec.Template.Spec))
            .Concat(All.OfType<V1Job>().Select(j => (j.Name(), j.Spec.Template.Spec)))
            .Concat(All.OfType<V1CronJob>().Select(c => (c.Name(), c.Spec.JobTemplate.Spec.Template.Spec)));
}

/// <summary>KEDA 2's <c>ScaledObject</c>, as far as it is used (https://keda.sh/docs/latest/reference/scaledobject-spec).</summary>
internal sealed class ScaledObject
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = null!;

    public ScaledObjectSpec Spec { get; set; } = null!;
}

internal sealed class ScaledObjectSpec
{
    public V1ObjectReference ScaleTargetRef { get; set; } = null!;

    public int MinReplicaCount { get; set; }

    public int MaxReplicaCount { get; set; }

    public int PollingInterval { get; set; }

    public int CooldownPeriod { get; set; }

    public List<ScaleTrigger> Triggers { get; set; } = [];
}

internal sealed class ScaleTrigger
{
    public string Type { get; set; } = "";

    public Dictionary<string, string> Metadata { get; set; } = [];
}

/// <summary>kustomize's file, as far as it is used.</summary>
internal sealed class Kustomization
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public string Namespace { get; set; } = "";

    public List<string> Resources { get; set; } = [];

    public List<ConfigMapGenerator> ConfigMapGenerator { get; set; } = [];

    public List<KustomizedImage> Images { get; set; } = [];
}

internal sealed class ConfigMapGenerator
{
    public string Name { get; set; } = "";

    public List<string> Files { get; set; } = [];
}

internal sealed class KustomizedImage
{
    public string Name { get; set; } = "";

    public string NewTag { get; set; } = "";
}
