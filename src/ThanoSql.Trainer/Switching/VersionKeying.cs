using Npgsql;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Trainer.Switching;

/// <summary>Fills a version's keyword partition with its answers for everything that the model has to answer for.</summary>
internal sealed class VersionKeying(NpgsqlDataSource database, ImageEmbedder embedder, KeywordWriter writer)
{
    private const int Batch = 2000;

    public async Task FillAsync(ModelVersion version, RunSession session)
    {
        await KeywordPartition.EnsureAsync(database, version.VersionId, session.Stopping);
        var missing = await KeyedContents.MissingAsync(database, version, session.Stopping);
        await EmbedAsync(version, missing, session);
        var done = 0L;
        foreach (var batch in missing.Chunk(Batch))
        {
            await writer.EnsureAsync(version.VersionId, batch, session.Stopping);
            session.Report("keying", done += batch.Length, missing.Count);
        }
        await KeyedContents.MarkKeyedAsync(database, version.VersionId, session.Stopping);
    }

    /// <summary>Looks at images that the version's trunk has not seen yet: after a change of trunk these are all of them.</summary>
    public async Task EmbedAsync(ModelVersion version, IReadOnlyCollection<long> contents, RunSession session)
    {
        var unseen = await KeyedContents.WithoutEmbeddingAsync(database, version.TrunkId, contents, session.Stopping);
        if (unseen.Count == 0)
            return;
        session.Say($"{unseen.Count} images are looked at with the trunk of version {version.Number}; the version in service answers meanwhile.");
        await embedder.EnsureAsync(
            [.. unseen.Select(u => new ObjectPath(u.Bucket, u.Key))], version.TrunkId, 1,
            new EmbeddingReport(session, "looking at images"), session.Stopping);
    }
}
