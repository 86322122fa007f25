using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Configuration section <c>Search</c>: how similar pictures are found.</summary>
public sealed class SimilarityOptions
{
    public const string Section = "Search";

    /// <summary>
    /// How much memory the embeddings of the trunks that are searched may take in this process. Those that were searched last stay; a trunk that
    /// needs more than this alone is read from the database for each search.
    /// </summary>
    [Range(1, 1 << 20)]
    public int SimilarityMegabytes { get; set; } = 1000;
}
