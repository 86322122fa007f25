using System.Globalization;
using System.Text;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
internal static class Exposition
{
    public const string ContentType = "text/plain; version=0.0.4";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"# HELP {family.Name} {Escape(family.Help)}\n# TYPE {family.Name} {family.Type.ToString().ToLowerInvariant()}\n");
            foreach (var series in family.Series)
            {
                if (family.Type == MetricType.Histogram)
                    WriteHistogram(text, family.Name, series);
                else
                    WriteSample(text, family.Name, series.Labels, series.Value);
            }
        }
        return text.ToString();
    }

    /// <summary>A measurement's tags as labels, sorted by name.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var labels = new List<string>(tags.Length);
        foreach (var (name, value) in tags)
            labels.Add($"{MetricName.Label(name)}=\"{Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        labels.Sort(StringComparer.Ordinal);
        return string.Join(',', labels);
    }

    private static void WriteHistogram(StringBuilder text, string name, MetricSeries series)
    {
        var others = series.Labels.Length == 0 ? "" : series.Labels + ",";
        foreach (var (bound, count) in series.Buckets())
            WriteSample(text, name + "_bucket", $"{others}le=\"{Number(bound)}\"", count);
        WriteSample(text, name + "_bucket", $"{others}le=\"+Inf\"", series.Count);
        WriteSample(text, name + "_sum", series.Labels, series.Value);
        WriteSample(text, name + "_count", series.Labels, series.Count);
    }

    private static void WriteSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
