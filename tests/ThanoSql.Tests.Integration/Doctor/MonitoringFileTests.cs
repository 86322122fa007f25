using System.Text.Json;
using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>Alert rules and dashboard are what Prometheus and Grafana read, and the guide knows each alert.</summary>
public sealed partial class MonitoringFileTests
{
    [Fact]
    public void Each_alert_has_a_severity_a_summary_and_a_line_in_the_guide()
    {
        var guide = File.ReadAllText(Repository.File("docs/operations.md"));
        var alerts = Monitored.Alerts();

        alerts.Select(a => a.Alert).ShouldBeUnique();
        foreach (var alert in alerts)
        {
            alert.Labels["severity"].ShouldBeOneOf("critical", "warning");
            alert.For.ShouldMatch(@"^\d+[smh]$");
            guide.ShouldContain($"| `{alert.Alert}` |");
            foreach (var label in LabelOfText().Matches(alert.Annotations["summary"]).Select(m => m.Groups["label"].Value))
                (label == "instance" || Expression.Grouped(alert.Expr).Contains(label)).ShouldBeTrue($"{alert.Alert} has no label {label} left");
        }
    }

    [Fact]
    public void Panels_do_not_lie_over_one_another_and_each_has_an_expression()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.File("infra/monitoring/dashboard.json")));
        var places = dashboard.RootElement.GetProperty("panels").EnumerateArray().Select(p => p.GetProperty("gridPos")).Select(
            g => (X: Number(g, "x"), Y: Number(g, "y"), W: Number(g, "w"), H: Number(g, "h"))).ToList();

        places.ShouldAllBe(p => p.X >= 0 && p.X + p.W <= 24);
        places.SelectMany(p => from x in Enumerable.Range(p.X, p.W) from y in Enumerable.Range(p.Y, p.H) select (x, y)).ShouldBeUnique();
        Monitored.Panels().ShouldAllBe(panel => panel.Expressions.Count > 0);
    }

    [Theory]
    [InlineData("""max by (queue) (depth{queue=~".+_error"}) > 0""", "depth:queue")]
    [InlineData("rate(a_total[5m]) / on (x) sum(b{y!=\"1\", z=\"2\"})", "a_total:x", "b:x,y,z")]
    [InlineData("histogram_quantile(0.95, sum by (le) (rate(c_bucket[10m]))) > 60", "c_bucket:le")]
    public void An_expression_is_read_as_its_metrics_and_their_labels(string text, params string[] read) =>
        Expression.Read(text).Select(e => $"{e.Metric}:{string.Join(',', e.Labels.Order(StringComparer.Ordinal))}").ShouldBe(read);

    private static int Number(JsonElement place, string name) => place.GetProperty(name).GetInt32();

    [GeneratedRegex(@"\$labels\.(?<label>\w+)")]
    private static partial Regex LabelOfText();
}
