using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Indexer.Telemetry;

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>An OpenTelemetry collector that metrics and traces are sent to, <c>http://host:4317</c>; nothing is sent without it.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary><c>grpc</c>, or <c>http/protobuf</c> (usually port 4318; the signals' paths are appended).</summary>
    [RegularExpression("^(grpc|http/protobuf)$", ErrorMessage = "Telemetry:OtlpProtocol is 'grpc' or 'http/protobuf'.")]
    public string OtlpProtocol { get; set; } = "grpc";

    /// <summary>Whether <c>/metrics</c> answers.</summary>
    public bool Prometheus { get; set; } = true;
}
