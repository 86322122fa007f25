using System.Collections.Concurrent;

namespace ThanoSql.Query.Access;

/// <summary>
/// Tokens that were right before. Behind a proxy all clients have one address: somebody who guesses there must not keep out those who know.
/// </summary>
internal sealed class KnownSecrets
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<SecretHash, bool> _hashes = [];

    public bool Contains(SecretHash secret) => _hashes.ContainsKey(secret);

    public void Add(SecretHash secret)
    {
        if (_hashes.ContainsKey(secret))
            return;
        if (_hashes.Count >= Most)
            _hashes.Clear();
        _hashes.TryAdd(secret, true);
    }
}
