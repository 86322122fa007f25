using ThanoSql.Catalog.Tables;
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
    /// <summary>The row stays, its index columns say nothing.</summary>
    Clear,

    /// <summary>The row goes too, if the pipeline made it; others are cleared.</summary>
    Delete,
}
