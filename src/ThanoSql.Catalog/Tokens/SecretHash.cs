using System.Buffers.Binary;
using System.Text;

namespace ThanoSql.Catalog.Tokens;

/// <summary>The SHA-256 of a token's secret: what the catalog keeps of it, and a key by which processes remember it.</summary>
public readonly record struct SecretHash(UInt128 First, UInt128 Last)
{
    private const int Half = 16;

    public static SecretHash Of(string secret)
    {
        Span<byte> text = stackalloc byte[256];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.TryGetBytes(secret, text, out var length) ? text[..length] : Encoding.UTF8.GetBytes(secret), hash);
        return new SecretHash(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[Half..]));
    }

    /// <returns>32 bytes.</returns>
    public byte[] ToArray()
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(hash, First);
        BinaryPrimitives.WriteUInt128BigEndian(hash.AsSpan(Half), Last);
        return hash;
    }
}
