using System.Collections.Frozen;

namespace ThanoSql.Vision.Trunks;

/// <summary>
/// The weights shipped with the product: their checksums, and the input they were trained for. A file that does not match is refused.
/// </summary>
public static class BundledTrunks
{
    /// <summary>Algorithm name → SHA-256 of its file, 64 lower-case hexadecimal digits.</summary>
    public static FrozenDictionary<string, string> Sha256 { get; } = new Dictionary<string, string>
    {
        ["ConvNeXt_Atto"] = "29e07d3f76a36d51493a5cac0ba2753e33a66452224c2c2923bee29c7db8aa0e",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Algorithm name → the pre-processing that its model card recommends.</summary>
    public static FrozenDictionary<string, Preprocessing> Preprocessing { get; } = new Dictionary<string, Preprocessing>
    {
        ["ConvNeXt_Atto"] = new(inputSize: 192),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
