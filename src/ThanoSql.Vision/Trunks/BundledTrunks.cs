using System.Collections.Frozen;

namespace ThanoSql.Vision.Trunks;

/// <summary>The weights shipped with the product and their checksums. A file that does not match is refused.</summary>
public static class BundledTrunks
{
    /// <summary>Algorithm name → SHA-256 of its file, 64 lower-case hexadecimal digits.</summary>
    public static FrozenDictionary<string, string> Sha256 { get; } = new Dictionary<string, string>
    {
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
