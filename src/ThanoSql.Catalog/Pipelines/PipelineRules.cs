namespace ThanoSql.Catalog.Pipelines;

/// <summary>When a scheduled training's result may go into service.</summary>
public sealed record PromotionRule
{
    /// <summary><c>accuracy</c>, <c>precision</c>, <c>recall</c> or <c>f1</c> (macro) on the held-out part.</summary>
    public string Metric { get; init; } = "macro_f1";

    /// <summary>0 to 1; null for no lower bound.</summary>
    public double? AtLeast { get; init; }

    /// <summary>How much worse than the current version it may be, 0 to 1.</summary>
    public double NotWorseBy { get; init; } = 0.01;

    /// <summary>Held-out images that each label needs.</summary>
    public int MinPerLabel { get; init; } = 1;

    /// <summary>May labels of the current version be missing, or new ones appear?</summary>
    public bool AllowLabelChanges { get; init; }
}

/// <summary>What the search endpoint may read of the table.</summary>
public sealed record SearchRule
{
    /// <summary>Columns that a result shows besides the path and the index columns.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Columns that a request may filter by.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>Columns that a request may sort by.</summary>
    public IReadOnlyList<string> Sort { get; init; } = [];
}

/// <summary>How long the past is kept.</summary>
public sealed record RetentionRule
{
    /// <summary>Model versions whose keywords stay searchable, the current one included; at least 1.</summary>
    public int Versions { get; init; } = 3;
}
