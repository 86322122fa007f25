using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Reads the embeddings of a trunk into memory. A million of 320 values take some seconds.</summary>
internal sealed partial class TrunkLoader(NpgsqlDataSource database, TimeProvider time, ILogger<SimilarContents> logger)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);

    /// <param name="trunkId">The trunk.</param>
    /// <param name="makeRoom">Told how many bytes the index will take; whether they are there.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Null when there was no room for it.</returns>
    public async Task<TrunkIndex?> LoadAsync(int trunkId, Func<long, bool> makeRoom, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        await using var load = await EmbeddingLoad.BeginAsync(database, trunkId, cancellationToken);
        var vectors = new VectorIndex(Math.Max(load.Dimensions, 1));
        if (!makeRoom(VectorIndex.BytesOf(vectors.Dimensions, load.Count)))
            return null;
        var (done, leftOut, reported) = (0L, 0, start);
        await load.ReadAsync(Take, cancellationToken);
        if (leftOut > 0)
            LogLeftOut(leftOut, trunkId);
        LogLoaded(vectors.Count, trunkId, time.GetElapsedTime(start).TotalSeconds, vectors.Bytes / 1e6);
        var index = new TrunkIndex(trunkId, vectors);
        index.SetSeen(load.Seen, start);
        return index;

        void Take(long content, ReadOnlySpan<byte> stored)
        {
            if (!TrunkIndex.TrySet(vectors, content, stored))
                leftOut++;
            if (++done % 1000 != 0 || time.GetElapsedTime(reported) < ReportEvery)
                return;
            reported = time.GetTimestamp();
            LogLoading(trunkId, done, load.Count);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Reading the embeddings of trunk {TrunkId} into memory: {Done} of {Count}")]
    private partial void LogLoading(int trunkId, long done, long count);

    [LoggerMessage(
        Level = LogLevel.Information, Message = "Read {Count} embeddings of trunk {TrunkId} into memory in {Seconds:F1} s, {Megabytes:F1} MB")]
    private partial void LogLoaded(int count, int trunkId, double seconds, double megabytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} embeddings of trunk {TrunkId} are not found as similar: they are damaged")]
    private partial void LogLeftOut(int count, int trunkId);
}
