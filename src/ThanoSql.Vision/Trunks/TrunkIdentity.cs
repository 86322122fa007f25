using ThanoSql.Vision.Imaging;

namespace ThanoSql.Vision.Trunks;

/// <summary>What makes an embedding space: two embeddings compare exactly when these are equal.</summary>
/// <param name="Sha256">Of the weights file, 64 lower-case hexadecimal digits.</param>
/// <param name="Variant">Short name, for example <c>atto</c>.</param>
/// <param name="Preprocessing">How pictures become its input.</param>
public sealed record TrunkIdentity(string Sha256, string Variant, Preprocessing Preprocessing)
{
    /// <summary>A text that is equal exactly when the identity is, for example <c>atto@3f0a…:224/256/rgb</c>.</summary>
    public string Key => $"{Variant}@{Sha256}:{Preprocessing.Key}";

    /// <summary>The inverse of <see cref="Key"/>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static TrunkIdentity Parse(string key)
    {
        int at = key.IndexOf('@', StringComparison.Ordinal), colon = key.IndexOf(':', StringComparison.Ordinal);
        if (at < 1 || colon != at + 65)
            throw new FormatException($"'{key}' is no trunk identity; one reads like 'atto@<sha-256>:224/256/rgb'.");
        return new TrunkIdentity(key[(at + 1)..colon], key[..at], Preprocessing.Parse(key[(colon + 1)..]));
    }
}
