using System.Text.Json;
using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>What a PromQL expression names: of each metric the labels that it is asked by.</summary>
internal static partial class Expression
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "on", "ignoring", "by", "without", "bool"];

    /// <summary>The metrics, each with the labels of its selector and those by which the expression groups or joins.</summary>
    public static IReadOnlyList<(string Metric, IReadOnlySet<string> Labels)> Read(string text)
    {
        var grouped = Grouping().Matches(text).SelectMany(m => Names(m.Groups["labels"].Value)).ToList();
        var bare = Grouping().Replace(text, " ");
        return [.. Selector().Matches(bare).Where(m => !Words.Contains(m.Groups["metric"].Value)).Select(m => (
            m.Groups["metric"].Value,
            (IReadOnlySet<string>)Matcher().Matches(m.Groups["matchers"].Value).Select(l => l.Groups["label"].Value).Concat(grouped).ToHashSet()))];
    }

    /// <summary>Labels by which an expression groups or joins.</summary>
    public static IReadOnlyList<string> Grouped(string text) =>
        [.. Grouping().Matches(text).SelectMany(m => Names(m.Groups["labels"].Value))];

    private static string[] Names(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"\b(by|on|ignoring|without)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    // Not a function's name, and not a unit of a duration
    [GeneratedRegex(@"(?<![\w.])(?<metric>[a-z_][a-z0-9_]*)\b(?!\s*\()(\{(?<matchers>[^}]*)\})?(\[[^\]]*\])?")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(?<label>[a-z_][a-z0-9_]*)\s*(=~|!~|!=|=)\s*""[^""]*""")]
    private static partial Regex Matcher();
}

/// <summary>The files of <c>infra/monitoring</c>.</summary>
internal static class Monitored
{
    /// <summary>Prometheus' rules; read strictly: an unknown or missing field fails.</summary>
    public static IReadOnlyList<AlertRule> Alerts()
    {
        var yaml = new YamlDotNet.Serialization.DeserializerBuilder()
            .WithNamingConvention(YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance)
            .WithDuplicateKeyChecking().WithEnforceRequiredMembers().Build();
        using var text = new StreamReader(Repository.File("infra/monitoring/alerts.yaml"));
        return [.. yaml.Deserialize<RuleFile>(text).Groups.SelectMany(g => g.Rules)];
    }

    /// <summary>Each panel's title and expressions.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<string> Expressions)> Panels()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.File("infra/monitoring/dashboard.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Select(panel => (
            panel.GetProperty("title").GetString()!,
            (IReadOnlyList<string>)[.. panel.GetProperty("targets").EnumerateArray().Select(t => t.GetProperty("expr").GetString()!)]))];
    }

    public sealed class RuleFile
    {
        public required List<RuleGroup> Groups { get; set; }
    }

    public sealed class RuleGroup
    {
        public required string Name { get; set; }

        public required List<AlertRule> Rules { get; set; }
    }

    public sealed class AlertRule
    {
        public required string Alert { get; set; }

        public required string Expr { get; set; }

        public string For { get; set; } = "0s";

        public required Dictionary<string, string> Labels { get; set; }

        public required Dictionary<string, string> Annotations { get; set; }
    }
}
