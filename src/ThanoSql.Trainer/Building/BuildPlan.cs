using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Language.Syntax;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Trainer.Building;

/// <summary>What a run is to build.</summary>
/// <param name="Model">As stored.</param>
/// <param name="Algorithm">The algorithm's name, the trunk to ask for.</param>
/// <param name="Source">The training rows.</param>
internal sealed record BuildPlan(string Model, string Algorithm, BuildOptions Options, QuerySyntax Source)
{
    /// <summary>The model as it is now; null for a new one.</summary>
    public Model? Existing { get; init; }

    /// <summary>The trunk to use whatever the algorithm's name gives today (FIT MODEL, fine-tuned trunks); null for the algorithm's.</summary>
    public int? TrunkId { get; init; }

    /// <summary>A head to start from (FIT MODEL).</summary>
    public Head? Start { get; init; }

    /// <summary>Labels that the source must have, no more and no fewer; null for any.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What the result must fulfil to go into service; null when safety checks are enough.</summary>
    public PromotionRule? Gate { get; init; }

    /// <summary>Whether to stop when the data are those that the version in service learned from.</summary>
    public bool OnlyNewData { get; init; }

    /// <summary>Before the source is read: its image column is not known for sure.</summary>
    public ModelTraits LikelyTraits => Traits(Options.ImageCol ?? Existing?.ImageCol ?? "image_path");

    public ModelTraits Traits(string imageCol) => new(Model, Algorithm, imageCol, Options.LabelCol, Options.Dialect);
}
