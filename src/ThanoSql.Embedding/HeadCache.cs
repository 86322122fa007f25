using System.Collections.Concurrent;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Embedding;

/// <summary>The head of a version and the space it reads.</summary>
public sealed record VersionHead(long VersionId, int TrunkId, Head Head);

/// <summary>Heads by version. A version's head never changes, so the cache is never wrong; it forgets the least recently used.</summary>
public sealed class HeadCache(NpgsqlDataSource database)
{
    private const int Capacity = 64;

    private readonly ConcurrentDictionary<long, (VersionHead Head, long Used)> _heads = new();
    private long _clock;

    /// <exception cref="CatalogException">There is no such version.</exception>
    public async Task<VersionHead> GetAsync(long versionId, CancellationToken cancellationToken)
    {
        var now = Interlocked.Increment(ref _clock);
        if (_heads.TryGetValue(versionId, out var entry))
        {
            _heads.TryUpdate(versionId, (entry.Head, now), entry);
            return entry.Head;
        }

        await using var command = database.CreateCommand("SELECT trunk_id, head FROM thanosql.model_version WHERE version_id = $1");
        command.Parameters.Add(new() { Value = versionId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            throw new CatalogException($"There is no model version with the id {versionId}.");
        var head = new VersionHead(versionId, reader.GetInt32(0), Head.FromBytes(reader.GetFieldValue<byte[]>(1)));
        _heads[versionId] = (head, now);
        if (_heads.Count > Capacity && _heads.MinBy(h => h.Value.Used) is { Key: var oldest })
            _heads.TryRemove(oldest, out _);
        return head;
    }
}
