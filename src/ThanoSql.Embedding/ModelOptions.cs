using System.ComponentModel.DataAnnotations;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Embedding;

/// <summary>Configuration section <c>Models</c>.</summary>
public sealed class ModelOptions
{
    public const string Section = "Models";

    /// <summary>Trunk weights that are installed or downloaded, and the published ONNX files.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>The weights shipped with the program.</summary>
    [Required]
    public string BundledFolder { get; set; } = Path.Combine(AppContext.BaseDirectory, "models", "base");

    /// <summary>What replaces a trunk that cannot be had: the bundled one, with a note to the user, or nothing, which is an error.</summary>
    public TrunkFallback Fallback { get; set; } = TrunkFallback.Bundled;

    /// <summary>Whether BUILD MODEL may download published weights by itself.</summary>
    public bool Download { get; set; } = true;
}
