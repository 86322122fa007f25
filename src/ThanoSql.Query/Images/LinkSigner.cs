using System.Buffers.Text;
using System.Security.Cryptography;
using ThanoSql.Catalog.Links;

namespace ThanoSql.Query.Images;

/// <summary>
/// Signs what clients carry back to us: image links and page cursors (HMAC-SHA256). All query processes of an installation share the keys. A
/// signature names its key, so a new key leaves in force what others signed.
/// </summary>
public sealed class LinkSigner(LinkKeyCatalog catalog, TimeProvider time)
{
    private readonly Recent<bool, SigningKeys> _keys = new(
        async (_, cancellationToken) => new SigningKeys(await catalog.ListAsync(cancellationToken)), time);

    /// <param name="purpose">A signature for one purpose is worth nothing for another.</param>
    /// <param name="text">What is signed.</param>
    /// <param name="cancellationToken">Stops a look at the keys.</param>
    /// <returns>Some 43 characters that fit into an address.</returns>
    public async ValueTask<string> SignAsync(string purpose, string text, CancellationToken cancellationToken) =>
        (await KeyAsync(cancellationToken)).Sign(purpose, text);

    public async ValueTask<bool> IsValidAsync(string purpose, string text, string signature, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(signature);
        return (await _keys.GetAsync(true, cancellationToken))!.Of(signature) is { } key
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key.Sign(purpose, text)), Encoding.UTF8.GetBytes(signature));
    }

    /// <summary>For many signatures in a row.</summary>
    internal async ValueTask<SigningKey> KeyAsync(CancellationToken cancellationToken) => (await _keys.GetAsync(true, cancellationToken))!.Current;
}

/// <param name="keys">In force, the one that signs last.</param>
internal sealed class SigningKeys(IReadOnlyList<LinkKey> keys)
{
    private readonly Dictionary<string, SigningKey> _byMark = keys.Select(key => new SigningKey(key)).ToDictionary(key => key.Mark);

    public SigningKey Current { get; } = new(keys[^1]);

    /// <summary>The key that a signature names; null when there is none, or no longer.</summary>
    public SigningKey? Of(string signature) =>
        _byMark.GetValueOrDefault(signature[..(signature.IndexOf(SigningKey.End, StringComparison.Ordinal) + 1)]);
}

internal sealed class SigningKey(LinkKey key)
{
    public const char End = '~';
    private const int FirstId = 1;

    private readonly byte[] _secret = Convert.FromHexString(key.Secret);

    /// <summary>What a signature begins with. The first key has none: links are older than the second.</summary>
    public string Mark { get; } = key.KeyId == FirstId ? "" : string.Create(CultureInfo.InvariantCulture, $"{key.KeyId}{End}");

    public int Id => key.KeyId;

    public string Sign(string purpose, string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Hash(Encoding.UTF8.GetBytes($"{purpose}\n{text}"), hash);
        return Mark + Base64Url.EncodeToString(hash);
    }

    /// <param name="signed">Purpose and text.</param>
    /// <param name="hash">32 bytes.</param>
    public void Hash(ReadOnlySpan<byte> signed, Span<byte> hash) => HMACSHA256.HashData(_secret, signed, hash);
}
