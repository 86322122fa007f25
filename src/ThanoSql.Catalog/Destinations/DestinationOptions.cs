using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Catalog.Destinations;

/// <summary>Section <c>Query:Destination</c>: what is kept of statements that the SDK sends.</summary>
public sealed class DestinationOptions
{
    public const string Section = "Query:Destination";

    /// <summary>Hours that a result is kept as a table of schema qm.</summary>
    [Range(1, 8_760)]
    public int Hours { get; set; } = 24;

    /// <summary>Megabytes of one token's results; its oldest make room for the next.</summary>
    [Range(1, 1_000_000)]
    public int Megabytes { get; set; } = 256;

    /// <summary>Tables of one token; its oldest make room for the next.</summary>
    [Range(1, 10_000)]
    public int Tables { get; set; } = 100;

    /// <summary>Days that the log of a token's statements reaches back.</summary>
    [Range(1, 3_650)]
    public int LogDays { get; set; } = 30;

    /// <summary>Statements of one token in its log.</summary>
    [Range(1, 1_000_000)]
    public int LogStatements { get; set; } = 10_000;
}
