namespace ThanoSql.Catalog.Pipelines;

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
