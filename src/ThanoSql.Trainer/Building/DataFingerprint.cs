using System.Security.Cryptography;
using System.Text;

namespace ThanoSql.Trainer.Building;

/// <summary>A text that is equal when training would learn from the same: a schedule without new data is skipped.</summary>
internal static class DataFingerprint
{
    /// <param name="rows">SHA-256 and label of each content, in any order.</param>
    public static string Of(IEnumerable<(string ContentHash, string Label)> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (content, label) in rows.OrderBy(r => r.ContentHash, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{content} {label}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
