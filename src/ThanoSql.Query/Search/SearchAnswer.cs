using System.Text.Json.Serialization;

namespace ThanoSql.Query.Search;

#pragma warning disable CA1812 // described by the OpenAPI document only: SearchPage writes the answer

/// <summary>A page of hits.</summary>
/// <param name="Table">That was searched.</param>
/// <param name="Keywords">The labels that the asked words stand for.</param>
/// <param name="UnknownKeywords">Words that stand for none.</param>
/// <param name="Results">Hits, in order.</param>
/// <param name="Next">The 'after' of the next page; null on the last.</param>
/// <param name="Total">Of all pages; there when it was asked for.</param>
/// <param name="Facets">By column: values and how many hits have them, the 50 most frequent first; there when it was asked for.</param>
internal sealed record SearchAnswer(
    string Table, IReadOnlyList<string> Keywords, IReadOnlyList<UnknownKeyword> UnknownKeywords, IReadOnlyList<SearchHit> Results, string? Next,
    HitCount? Total = null, IReadOnlyDictionary<string, IReadOnlyList<FacetValue>>? Facets = null);

/// <param name="Path">Of the image.</param>
/// <param name="Keyword">By which it is found.</param>
/// <param name="Score">Of the keyword, 0 to 1; 1 when a person said so.</param>
/// <param name="Version">Of the model; null when a person said so.</param>
/// <param name="Source">'model' or 'person'.</param>
/// <param name="Columns">Of the table, as the pipeline's file allows.</param>
/// <param name="Image">Absent where the path names no image.</param>
internal sealed record SearchHit(
    string? Path, string Keyword, float Score, int? Version, string? Source, IReadOnlyDictionary<string, object?> Columns, HitImage? Image = null);

/// <param name="Url">A thumbnail for an img element.</param>
/// <param name="Expires">When the address ends.</param>
internal sealed record HitImage(string Url, DateTimeOffset Expires);

/// <param name="Relation">'exact', or 'estimate' from a part of the table.</param>
internal sealed record HitCount(long Value, string Relation);

/// <param name="Value">Of the column; null for rows without one.</param>
/// <param name="Count">Hits that have it; an estimate where the total is one.</param>
internal sealed record FacetValue([property: JsonRequired] object? Value, long Count);
