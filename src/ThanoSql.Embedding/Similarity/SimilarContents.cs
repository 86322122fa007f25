using Microsoft.Extensions.Logging;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>
/// The contents whose embeddings are nearest to a vector: exact, by cosine similarity. They are searched in memory, as they were half a second ago or
/// later; the first search of a trunk loads them. Or by pgvector, where the configuration says so.
/// </summary>
public sealed class SimilarContents : IDisposable
{
    private const int Few = 1000; // are read rather than the whole trunk loaded for them
    private const int Attempts = 3;

    /// <summary>How old what is searched may be: with the time that a search takes, well within a second.</summary>
    internal static readonly TimeSpan Stale = TimeSpan.FromMilliseconds(500);

    private readonly TrunkIndexes _indexes;
    private readonly StoredNearest _stored;
    private readonly VectorTableNearest? _tables;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _scans = new(1, 1); // each takes all cores

    public SimilarContents(NpgsqlDataSource database, IOptions<SimilarityOptions> options, TimeProvider time, ILogger<SimilarContents> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _indexes = new TrunkIndexes(database, options.Value.SimilarityMegabytes * 1_000_000L, time, logger);
        (_stored, _time) = (new StoredNearest(database), time);
        _tables = options.Value.Similarity == SimilaritySearch.Pgvector ? new VectorTableNearest(database, time) : null;
    }

    /// <param name="trunkId">The embedding space.</param>
    /// <param name="vector">Of the space's dimensions, finite, of any length but 0.</param>
    /// <param name="top">Answers at most; from 1.</param>
    /// <param name="among">Only these contents; null for all of the space.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Best first; equals by content.</returns>
    /// <exception cref="ArgumentException">The vector is not as it should be, or <paramref name="top"/>.</exception>
    public async Task<IReadOnlyList<SimilarContent>> NearestAsync(
        int trunkId, ReadOnlyMemory<float> vector, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var query = CosineQuery.Of(vector.Span);
        if (_tables is not null)
            return await _tables.NearestAsync(trunkId, query, top, among, cancellationToken);
        if (among is { Count: <= Few } && !_indexes.Has(trunkId))
            return await _stored.OfAsync(trunkId, query, top, among, cancellationToken);

        var fresh = _time.GetTimestamp() - (long)(Stale.TotalSeconds * _time.TimestampFrequency);
        for (var attempt = 1; ; attempt++)
        {
            if (await _indexes.OfAsync(trunkId, fresh, cancellationToken) is not { } index)
                return await _stored.OfAsync(trunkId, query, top, among, cancellationToken);
            if (index.Count == 0)
                return [];
            var candidates = await CandidatesAsync(index, query, top, among, cancellationToken);
            if (await _stored.OfAsync(trunkId, query, top, candidates, cancellationToken) is { } nearest)
                return nearest;
            // One was deleted meanwhile. Whoever deletes all the time is not waited for.
            if (attempt == Attempts)
                return await _stored.OfAsync(trunkId, query, top, [.. candidates.Select(c => c.Content)], cancellationToken);
            fresh = _time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        _indexes.Dispose();
        _scans.Dispose();
    }

    private async Task<IReadOnlyList<Candidate>> CandidatesAsync(
        TrunkIndex index, CosineQuery query, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        if (among is not null && among.Count < index.Count / 10)
            return index.Nearest(query, top, among, cancellationToken);
        await _scans.WaitAsync(cancellationToken);
        try
        {
            return index.Nearest(query, top, among, cancellationToken);
        }
        finally
        {
            _scans.Release();
        }
    }
}

/// <param name="Similarity">Cosine, -1 to 1.</param>
public readonly record struct SimilarContent(long ContentId, float Similarity);
