using System.Text.Json.Serialization;

namespace ThanoSql.Catalog.Pipelines;

/// <summary>Which objects fill which table's index columns with the keywords of which model: one file of the folder <c>pipelines</c>.</summary>
public sealed record PipelineDefinition
{
    /// <summary>Unique; lower-case letters, digits, <c>_</c> and <c>-</c>.</summary>
    public required string Name { get; init; }

    public string Bucket { get; init; } = "workspace";

    /// <summary>Keys that begin with it belong to this pipeline; empty for the whole bucket.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>A table of schema <c>public</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The column of <see cref="Table"/> that holds image paths.</summary>
    public string ImageCol { get; init; } = "image_path";

    public IndexColumns Columns { get; init; } = new();

    public RowOrigin Rows { get; init; } = RowOrigin.Attach;

    public DeleteRule OnDelete { get; init; } = DeleteRule.Clear;

    public required PipelineModel Model { get; init; }

    /// <summary>A column of <see cref="Table"/> in which people write the right label; null where there is none.</summary>
    public string? LabelCol { get; init; }

    /// <summary>When to train again: a Quartz cron expression; null for never.</summary>
    public string? Schedule { get; init; }

    /// <summary>Train again when this many labelled rows arrived since the last time; null for never.</summary>
    public int? AfterNewRows { get; init; }

    public PromotionRule Promote { get; init; } = new();

    /// <summary>Other words that shoppers use for a label.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Synonyms { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public SearchRule Search { get; init; } = new();

    public RetentionRule Retention { get; init; } = new();
}

/// <summary>Who makes a table's rows.</summary>
public enum RowOrigin
{
    /// <summary>The shop, before or after the picture arrives.</summary>
    Attach,

    /// <summary>The pipeline, one for each new object.</summary>
    Create,
}

/// <summary>What becomes of a row whose object is gone.</summary>
public enum DeleteRule
{
    /// <summary>The row stays, its index columns are cleared.</summary>
    Clear,

    /// <summary>The row goes too, if the pipeline made it; others are cleared.</summary>
    Delete,
}

/// <summary>The model of a pipeline, and how it is trained again.</summary>
public sealed record PipelineModel
{
    public required string Name { get; init; }

    /// <summary>For example <c>ConvNeXt_Tiny</c>.</summary>
    public string Algorithm { get; init; } = "ConvNeXt_Tiny";

    /// <summary>The SELECT that gives the training rows; null for a model that is only built by hand.</summary>
    public string? Train { get; init; }

    public string ImageCol { get; init; } = "image_path";

    public string LabelCol { get; init; } = "label";

    /// <summary>Further OPTIONS of BUILD MODEL: key to value, spelled as in the statement without quotes.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}

/// <summary>When a scheduled training's result may go into service.</summary>
public sealed record PromotionRule
{
    /// <summary><c>accuracy</c>, <c>macro_precision</c>, <c>macro_recall</c> or <c>macro_f1</c> on the held-out part.</summary>
    public string Metric { get; init; } = "macro_f1";

    /// <summary>0 to 1; null for no lower bound.</summary>
    public double? AtLeast { get; init; }

    /// <summary>How much worse than the current version it may be, 0 to 1.</summary>
    public double NotWorseBy { get; init; } = 0.01;

    /// <summary>
    /// How sure it must be that it is not worse by more: the share of resamples of the held-out images, 0 to 1. 0: what was measured counts, however
    /// few images judged.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // what a pipeline without it looked like before it was there
    public double? Sure { get; init; }

    /// <summary><see cref="Sure"/> where the file does not say.</summary>
    public const double UsualSure = 0.8;

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

    /// <summary>Seconds, 1 to 3600, for which a client may keep an answer; null for not at all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // what a pipeline without it looked like before it was there
    public int? CacheSeconds { get; init; }
}

/// <summary>How long the past is kept.</summary>
public sealed record RetentionRule
{
    /// <summary>Model versions whose keywords stay searchable, the current one included; at least 1.</summary>
    public int Versions { get; init; } = 3;
}

/// <summary>A registered pipeline.</summary>
/// <param name="PipelineId">Its row.</param>
/// <param name="Definition">The file.</param>
/// <param name="Prefix">The definition's prefix in Unicode NFC, as keys are.</param>
/// <param name="Active">Its table and its model are there.</param>
/// <param name="Reason">What a waiting pipeline waits for.</param>
public sealed record PipelineRow(int PipelineId, PipelineDefinition Definition, string Prefix, bool Active, string? Reason)
{
    internal const string FileIsGone = "its file is gone";

    /// <summary>Whether its file is still there; a pipeline without one waits until it comes back.</summary>
    public bool HasFile => Reason != FileIsGone;

    /// <summary>Whether events of this object fill this pipeline's table.</summary>
    public bool Covers(string bucket, string key) => Definition.Bucket == bucket && key.StartsWith(Prefix, StringComparison.Ordinal);
}
