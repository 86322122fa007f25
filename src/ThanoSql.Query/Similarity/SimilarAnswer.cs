using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

#pragma warning disable CA1812 // described by the OpenAPI document: SearchPage writes the answer

/// <summary>A page of similar pictures.</summary>
/// <param name="Table">That was searched.</param>
/// <param name="Keywords">The labels that the asked words stand for.</param>
/// <param name="UnknownKeywords">Words that stand for none.</param>
/// <param name="Results">Hits, the most similar first; equals by path.</param>
/// <param name="Next">The 'after' of the next page; null on the last.</param>
internal sealed record SimilarAnswer(
    string Table, IReadOnlyList<string> Keywords, IReadOnlyList<UnknownKeyword> UnknownKeywords, IReadOnlyList<SimilarHit> Results, string? Next);

/// <param name="Path">Of the image.</param>
/// <param name="Keyword">Of the row, or by which it is found; null where none was sure enough.</param>
/// <param name="Score">Of the keyword, 0 to 1; 1 when a person said so.</param>
/// <param name="Version">Of the model; null when a person said so.</param>
/// <param name="Source">'model' or 'person'.</param>
/// <param name="Similarity">Cosine to the picture asked with, -1 to 1, of six digits.</param>
/// <param name="Columns">Of the table, as the pipeline's file allows.</param>
/// <param name="Image">Absent where the path names no image.</param>
internal sealed record SimilarHit(
    string Path, string? Keyword, float? Score, int? Version, string? Source, float Similarity, IReadOnlyDictionary<string, object?> Columns,
    HitImage? Image = null);
