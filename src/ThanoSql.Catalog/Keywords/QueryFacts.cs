using ThanoSql.Catalog.Models;
namespace ThanoSql.Catalog.Keywords;

/// <summary>A model in service, and what its pipelines say of one query.</summary>
/// <param name="Model">The model with its current version.</param>
/// <param name="KeyedThrough">Image columns of the query's table that this model's pipelines fill, with no row left to key; to each the column that
/// says who keyed a row.</param>
/// <param name="LabelOfWord">The label that the searched word stands for in a pipeline's file, or that only people gave; null when it is
/// neither.</param>
/// <param name="HasCorrections">Whether people corrected any image of the model's pipelines.</param>
/// <param name="Stamp">Another one as soon as the model or one of its pipelines is another: the model's row of <c>thanosql.model_stamp</c>.</param>
public sealed record QueryFacts(
    ServingModel Model, IReadOnlyDictionary<string, string> KeyedThrough, string? LabelOfWord, bool HasCorrections, string Stamp);
