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

    /// <summary>How long a link of any kind holds at most.</summary>
    public TimeSpan LongestLink => TimeSpan.FromHours(Math.Max(LinkHours + 1, LinkApi.Longest.TotalHours));

    /// <summary>Megabytes of a picture that is stored or shown.</summary>
    [Range(1, 1_000)]
    public int Megabytes { get; set; } = 32;

    /// <summary>Megabytes of thumbnails kept in memory.</summary>
    [Range(1, 10_000)]
    public int CacheMegabytes { get; set; } = 64;

    /// <summary>
    /// Where thumbnails are kept on disk; several processes may share it. The program sets <c>cache/thumbnails</c> of its home folder. Empty: not.
    /// </summary>
    public string ThumbnailFolder { get; set; } = "";

    /// <summary>Megabytes of thumbnails kept on disk.</summary>
    [Range(1, 10_000_000)]
    public int ThumbnailMegabytes { get; set; } = 1_000;
}
