using System.Buffers.Text;
using System.Security.Cryptography;

namespace ThanoSql.Query.Images;

/// <summary>
/// Signs what clients carry back to us: image links and page cursors (HMAC-SHA256). All query processes of an installation share the key.
/// </summary>
public sealed class LinkSigner(SettingCatalog settings)
{
    private byte[]? _key;

    /// <param name="purpose">A signature for one purpose is worth nothing for another.</param>
    /// <param name="text">What is signed.</param>
    /// <param name="cancellationToken">Stops the first look at the key.</param>
    /// <returns>43 characters that fit into an address.</returns>
    public async ValueTask<string> SignAsync(string purpose, string text, CancellationToken cancellationToken) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(await KeyAsync(cancellationToken), Encoding.UTF8.GetBytes($"{purpose}\n{text}")));

    public async ValueTask<bool> IsValidAsync(string purpose, string text, string signature, CancellationToken cancellationToken)
    {
        var right = await SignAsync(purpose, text, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(right), Encoding.UTF8.GetBytes(signature));
    }

    /// <summary>For many signatures in a row. Asks the catalog once.</summary>
    internal async ValueTask<byte[]> KeyAsync(CancellationToken cancellationToken) =>
        _key ??= Convert.FromHexString(await settings.SecretAsync("link_signing_key", cancellationToken));
}
