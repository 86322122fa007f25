using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Query.Images;

/// <summary>Section <c>Query:Images</c>.</summary>
public sealed class ImageOptions
{
    public const string Section = "Query:Images";

    /// <summary>
    /// Hours for which an image link of a search result holds, at least; up to an hour more, so that links repeat and browsers can keep pictures.
    /// </summary>
    [Range(1, 8_760)]
    public int LinkHours { get; set; } = 24;

    /// <summary>Megabytes of a picture that is stored or shown.</summary>
    [Range(1, 1_000)]
    public int Megabytes { get; set; } = 32;

    /// <summary>Megabytes of thumbnails kept in memory.</summary>
    [Range(1, 10_000)]
    public int CacheMegabytes { get; set; } = 64;
}
