using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ThanoSql.Query.Access;

/// <summary>
/// Tokens that were right before. Behind a proxy all clients have one address: somebody who guesses there must not keep out those who know.
/// </summary>
internal sealed class KnownSecrets
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<UInt128, bool> _hashes = [];

    public bool Contains(string secret) => _hashes.ContainsKey(Hash(secret));

    public void Add(string secret)
    {
        if (_hashes.Count >= Most)
            _hashes.Clear();
        _hashes.TryAdd(Hash(secret), true);
    }

    private static UInt128 Hash(string secret) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
