using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Configuration section <c>Search</c>: how similar pictures are found.</summary>
public sealed class SimilarityOptions
{
    public const string Section = "Search";

    /// <summary>Where embeddings are searched: in this process' memory, or by pgvector in the database.</summary>
    [EnumDataType(typeof(SimilaritySearch))]
    public SimilaritySearch Similarity { get; set; } = SimilaritySearch.Builtin;

    /// <summary>
    /// How much memory the embeddings of the trunks that are searched may take in this process. Those that were searched last stay; a trunk that
    /// needs more than this alone is read from the database for each search.
    /// </summary>
    [Range(1, 1 << 20)]
    public int SimilarityMegabytes { get; set; } = 1000;
}

/// <summary>Where embeddings are searched.</summary>
public enum SimilaritySearch
{
    /// <summary>In this process' memory.</summary>
    Builtin,

    /// <summary>In the database, by its extension pgvector.</summary>
    Pgvector,
}
