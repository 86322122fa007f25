using System.Collections.Concurrent;
using System.Globalization;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Finds the nearest by pgvector, and puts what it finds in its exact order.</summary>
internal sealed class VectorTableNearest(NpgsqlDataSource database, TimeProvider time)
{
    private readonly VectorTables _tables = new(database);
    private readonly StoredNearest _stored = new(database);
    private readonly ConcurrentDictionary<int, Followed> _followed = new();

    /// <summary>As <see cref="SimilarContents.NearestAsync"/>.</summary>
    public async Task<IReadOnlyList<SimilarContent>> NearestAsync(
        int trunkId, CosineQuery query, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        if (!_followed.TryGetValue(trunkId, out var followed) || time.GetElapsedTime(followed.At) > SimilarContents.Stale)
        {
            followed = new Followed(time.GetTimestamp(), await _tables.FollowAsync(trunkId, TextOf, cancellationToken));
            _followed[trunkId] = followed;
        }
        if (followed.Dimensions is not { } dimensions)
            return [];
        query.CheckDimensions(dimensions);
        // A few more than asked for, since pgvector tells those that are nearly equal apart by single precision
        var most = (int)Math.Min(int.MaxValue, (2L * top) + 16);
        var found = await _tables.NearestAsync(trunkId, Text(query.Unit), most, among, cancellationToken);
        return await _stored.OfAsync(trunkId, query, top, found, cancellationToken);
    }

    private static string? TextOf(byte[] stored)
    {
        var values = HalfVector.ToFloats(stored.AsSpan(0, stored.Length / sizeof(short) * sizeof(short)));
        return values.Length > 0 && values.All(float.IsFinite) ? Text(values) : null;
    }

    private static string Text(IEnumerable<float> values) =>
        $"[{string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}]";

    /// <param name="At">When, of the process' clock.</param>
    /// <param name="Dimensions">Of the trunk; null when there is none.</param>
    private sealed record Followed(long At, int? Dimensions);
}
