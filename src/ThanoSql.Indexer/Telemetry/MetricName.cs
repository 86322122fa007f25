using System.Text.RegularExpressions;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>
/// Instrument names as Prometheus names, by OpenTelemetry's compatibility specification: <c>thanosql.indexing.lag</c> in <c>s</c> →
/// <c>thanosql_indexing_lag_seconds</c>.
/// </summary>
internal static partial class MetricName
{
    public static string Of(string instrument, string? unit, MetricType type)
    {
        var name = Label(instrument);
        var suffix = UnitOf(unit, type);
        if (suffix.Length > 0 && !name.EndsWith(suffix, StringComparison.Ordinal))
            name += suffix;
        return type == MetricType.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>A label's name: letters, digits and <c>_</c>, no digit first.</summary>
    public static string Label(string name)
    {
        var clean = Foreign().Replace(name, "_");
        return char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }

    private static string UnitOf(string? unit, MetricType type) => unit switch
    {
        null or "" => "",
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "By" => "_bytes",
        "1" => type == MetricType.Gauge ? "_ratio" : "",
        ['{', ..] => "", // an annotation: what is counted
        _ => "_" + Label(unit),
    };

    [GeneratedRegex("[^a-zA-Z0-9_]+")]
    private static partial Regex Foreign();
}
