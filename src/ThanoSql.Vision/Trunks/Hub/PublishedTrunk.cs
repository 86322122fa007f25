using System.Collections.Frozen;

namespace ThanoSql.Vision.Trunks.Hub;

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
