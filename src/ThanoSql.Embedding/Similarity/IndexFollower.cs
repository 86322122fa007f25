using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Similarity;

namespace ThanoSql.Embedding.Similarity;

/// <summary>Brings indexes to how the catalog stands now.</summary>
internal sealed partial class IndexFollower(
    NpgsqlDataSource database, EmbeddingChanges changes, TimeProvider time, ILogger<SimilarContents> logger)
{
    private const int Together = 10_000; // embeddings in memory beside the index

    /// <summary>One look at what changed, for all of them. If it fails, the next one goes over the same again.</summary>
    /// <param name="indexes">Followed by nobody else meanwhile.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Those that cannot follow: what changed is not known any more. They are to be loaded anew.</returns>
    public async Task<IReadOnlyList<TrunkIndex>> FollowAsync(IReadOnlyCollection<TrunkIndex> indexes, CancellationToken cancellationToken)
    {
        var at = time.GetTimestamp();
        var lost = new List<TrunkIndex>();
        var found = await changes.SinceAsync([.. indexes.Select(i => (i.TrunkId, i.Seen))], cancellationToken);
        foreach (var change in found)
        {
            var index = indexes.Single(i => i.TrunkId == change.TrunkId);
            if (change.IsLost)
            {
                LogLost(index.TrunkId);
                lost.Add(index);
                continue;
            }
            foreach (var contents in change.Contents.Chunk(Together))
            {
                // Later than the look at what changed, perhaps: what changes in between is read again by the next
                var embedded = await PlainEmbeddings.OfAsync(database, index.TrunkId, contents, cancellationToken);
                if (index.Apply(contents, embedded) is > 0 and var leftOut)
                    LogLeftOut(leftOut, index.TrunkId);
            }
            index.SetSeen(change.Seen, at);
        }
        return lost;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "What changed in the embeddings of trunk {TrunkId} is not known in detail: they are read into memory anew")]
    private partial void LogLost(int trunkId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} embeddings of trunk {TrunkId} are not found as similar: they are damaged")]
    private partial void LogLeftOut(int count, int trunkId);
}
