using System.Runtime.InteropServices;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>The index of a trunk, with how far it has followed the catalog. Searches run side by side, changes in between.</summary>
#pragma warning disable CA1001 // searches that are under way outlive its eviction: the collector frees the lock
internal sealed class TrunkIndex(int trunkId, VectorIndex vectors)
#pragma warning restore CA1001
{
    private readonly ReaderWriterLockSlim _lock = new();

    public int TrunkId => trunkId;

    /// <summary>The moment that it stands for, as PostgreSQL writes a snapshot.</summary>
    public string Seen { get; private set; } = "";

    /// <summary>A time not after that moment: of the process' own clock, which only goes on.</summary>
    public long SeenAt { get; private set; }

    /// <summary>When it was searched last, by the same clock.</summary>
    public long UsedAt { get; set; }

    public long Bytes => vectors.Bytes;

    public int Count => vectors.Count;

    public int Dimensions => vectors.Dimensions;

    public IReadOnlyList<Candidate> Nearest(CosineQuery query, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        _lock.EnterReadLock();
        try
        {
            return vectors.Nearest(query, top, among, cancellationToken);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Takes over how some contents stand by now.</summary>
    /// <param name="changed">The contents.</param>
    /// <param name="embedded">The embeddings of those that have one.</param>
    /// <returns>How many embeddings were left out, as none can be: not finite, or of another length.</returns>
    public int Apply(IReadOnlyCollection<long> changed, IReadOnlyCollection<PlainEmbedding> embedded)
    {
        _lock.EnterWriteLock();
        try
        {
            foreach (var gone in changed.Except(embedded.Select(e => e.ContentId)))
                vectors.Remove(gone);
            return embedded.Count(e => !TrySet(vectors, e.ContentId, e.Vector));
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    public void SetSeen(string seen, long at) => (Seen, SeenAt) = (seen, at);

    public static bool TrySet(VectorIndex vectors, long content, ReadOnlySpan<byte> stored) =>
        stored.Length == vectors.Dimensions * sizeof(short) && vectors.Set(content, MemoryMarshal.Cast<byte, Half>(stored));
}
