using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Embedding;

/// <summary>Writes a version's answers for contents whose embeddings are known.</summary>
public sealed class KeywordWriter(NpgsqlDataSource database, HeadCache heads)
{
    /// <summary>Labels kept of each content.</summary>
    public const int Kept = 5;

    private const int BatchSize = 1024;

    /// <summary>Gives every content that has an embedding and no answer of the version yet its best labels. Commits in batches.</summary>
    /// <returns>How many were written.</returns>
    public async Task<int> EnsureAsync(long versionId, IReadOnlyCollection<long> contents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(contents);
        var version = await heads.GetAsync(versionId, cancellationToken);
        if (version.Head is null)
            return 0;
        var written = 0;
        foreach (var batch in contents.Distinct().Order().Chunk(BatchSize))
        {
            var open = await KeywordLedger.UnansweredAsync(database, versionId, version.TrunkId, batch, cancellationToken);
            if (open.Count == 0)
                continue;
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await KeywordLedger.AddAsync(connection, versionId, Answers(version, open), cancellationToken);
            written += open.Count;
        }
        return written;
    }

    /// <summary>The same inside the caller's transaction.</summary>
    /// <param name="connection">In that transaction.</param>
    /// <param name="versionId">Answers.</param>
    /// <param name="contents">To be answered.</param>
    /// <param name="embedded">Plain embeddings that the transaction has just added, by trunk and content: they need not be read back.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <returns>Contents that cannot be answered: their embedding is missing.</returns>
    public async Task<IReadOnlyCollection<long>> EnsureAsync(
        NpgsqlConnection connection, long versionId, IReadOnlyCollection<long> contents,
        IReadOnlyDictionary<(int TrunkId, long ContentId), byte[]> embedded, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(contents);
        ArgumentNullException.ThrowIfNull(embedded);
        var version = await heads.GetAsync(versionId, cancellationToken);
        if (version.Head is null)
            return [];
        var isNew = contents.Distinct().Order().ToLookup(content => embedded.ContainsKey((version.TrunkId, content)));
        var open = isNew[true].Select(content => (content, embedded[(version.TrunkId, content)])).ToList();
        IReadOnlyList<(long ContentId, bool Answered, byte[]? Vector)> standing = [];
        if (isNew[false].Any())
        {
            standing = await KeywordLedger.StandingAsync(connection, versionId, version.TrunkId, [.. isNew[false]], cancellationToken);
            open.AddRange(standing.Where(s => s.Vector is not null).Select(s => (s.ContentId, s.Vector!)));
        }
        if (open.Count > 0)
            await KeywordLedger.AddAsync(connection, versionId, Answers(version, open), cancellationToken);
        return [.. standing.Where(s => !s.Answered && s.Vector is null).Select(s => s.ContentId)];
    }

    /// <summary>The best labels of contents, as rows of the catalog.</summary>
    /// <param name="version">Whose head.</param>
    /// <param name="embeddings">Of its space: float16 little-endian.</param>
    public static IEnumerable<KeywordRow> Answers(VersionHead version, IReadOnlyList<(long ContentId, byte[] Vector)> embeddings)
    {
        ArgumentNullException.ThrowIfNull(version);
        ArgumentNullException.ThrowIfNull(embeddings);
        if (version.Head is not { } head)
            return [];
        var dimensions = head.Dimensions;
        var vectors = new Half[embeddings.Count * dimensions];
        for (var i = 0; i < embeddings.Count; i++)
            MemoryMarshal.Cast<byte, Half>(embeddings[i].Vector).CopyTo(vectors.AsSpan(i * dimensions, dimensions));
        var best = head.TopKBatch(vectors, Kept);
        return embeddings.SelectMany((e, i) => best[i].Select((label, rank) => new KeywordRow(e.ContentId, rank + 1, label.Label, label.Score)));
    }
}

/// <summary>The head of a version and the space it reads.</summary>
/// <param name="Head">Null for a version without labels, which says nothing of a picture.</param>
public sealed record VersionHead(long VersionId, int TrunkId, Head? Head);

/// <summary>Heads by version. A version's head never changes, so the cache is never wrong; it forgets the least recently used.</summary>
public sealed class HeadCache(VersionCatalog versions)
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

        var version = await versions.FindAsync(versionId, cancellationToken)
            ?? throw new CatalogException($"There is no model version with the id {versionId}.");
        var head = new VersionHead(versionId, version.TrunkId, version.HasLabels ? Head.FromBytes(version.Head) : null);
        _heads[versionId] = (head, now);
        if (_heads.Count > Capacity && _heads.MinBy(h => h.Value.Used) is { Key: var oldest })
            _heads.TryRemove(oldest, out _);
        return head;
    }
}
