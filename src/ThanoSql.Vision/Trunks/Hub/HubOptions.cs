using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>The hub that published weights come from. A proxy is taken from the environment (HTTPS_PROXY, NO_PROXY).</summary>
public sealed class HubOptions
{
    /// <summary>The hub, or a mirror of it with the same paths.</summary>
    [Required]
    public Uri HubUrl { get; set; } = new("https://huggingface.co");

    /// <summary>More algorithms, or other sources for the known ones: algorithm name → source. Any timm ConvNeXt of version 1 serves.</summary>
    public Dictionary<string, PublishedTrunk> Sources { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long connecting may take, 1 second to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A download that brings nothing for so long is cut and taken up again, 0.1 seconds to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts after the first, 0 to 100; each takes up where the last one was cut off.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 8;

    /// <summary>Before the first retry, doubling up to a minute; a hub that says Retry-After is obeyed.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The name as it is spelled in the table, and its source; null when there is none.</summary>
    internal (string Name, PublishedTrunk Source)? Find(string name)
    {
        foreach (var table in (IEnumerable<KeyValuePair<string, PublishedTrunk>>[])[Sources, PublishedTrunk.Known])
        {
            foreach (var (known, source) in table)
            {
                if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
                    return (known, source);
            }
        }
        return null;
    }
}

/// <summary>Where an algorithm's published weights are.</summary>
/// <param name="Repository">On the hub, for example <c>timm/convnext_tiny.in12k_ft_in1k</c>.</param>
/// <param name="Revision">A commit (40 hexadecimal digits), or a branch where no commit could be pinned.</param>
/// <param name="Sha256">Of the file, 64 hexadecimal digits; null where it is not known beforehand and the first download decides.</param>
public sealed record PublishedTrunk(string Repository, string Revision = "main", string? Sha256 = null)
{
    internal const string FileName = "model.safetensors";

    /// <summary>
    /// The names that BUILD MODEL knows. Revision and checksum of ConvNeXt_Tiny were not fetched from the hub but agree in four independent public
    /// records; none was found for ConvNeXt_Base, so its first download is trusted and recorded.
    /// </summary>
    public static FrozenDictionary<string, PublishedTrunk> Known { get; } = new Dictionary<string, PublishedTrunk>
    {
        ["ConvNeXt_Tiny"] = new(
            "timm/convnext_tiny.in12k_ft_in1k",
            "aa096f03029c7f0ec052013f64c819b34f8ad790",
            "a1aefa409b513cf209b085424eb3efffe4e4a9f511491bc2c12ea35209e6bb95"),
        ["ConvNeXt_Base"] = new("timm/convnext_base.fb_in22k_ft_in1k"),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
