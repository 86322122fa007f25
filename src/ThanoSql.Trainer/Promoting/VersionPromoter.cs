using ThanoSql.Catalog.Tables;

namespace ThanoSql.Trainer.Promoting;

/// <summary>Puts a version into service: keys everything it must answer for, then promotes it, then tells the workers.</summary>
internal sealed class VersionPromoter(
    NpgsqlDataSource database, ModelPromotion promotion, VersionKeying keying, KeywordComparison comparison, PipelineTables pipelines,
    Announcer announcer, IOptions<SqlOptions> options)
{
    private const int Tries = 5;

    /// <param name="model">Its name.</param>
    /// <param name="version">The one that comes into service; its keywords are loaded where there are none.</param>
    /// <param name="effect">What else changes in the same moment.</param>
    /// <param name="session">Hears of progress, and may stop it all until the promotion itself.</param>
    public async Task PromoteAsync(string model, ModelVersion version, PromotionEffect effect, RunSession session)
    {
        await keying.LoadAsync(version, session);
        await CompareAsync(version, session);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAsync(model, version, effect, session);
                break;
            }
            catch (Exception e) when (IsInterruption(e) && attempt < Tries)
            {
                session.Say("A table was replaced meanwhile: its rows are keyed again.");
            }
        }
        // Pipelines that waited for the model's first version
        await pipelines.RefreshAsync(session.Stopping);
        await announcer.SendAsync(new ModelSwitched(model, version.VersionId), session.Stopping);
        await keying.ForgetAsync(version.ModelId, session.Stopping);
    }

    /// <summary>Takes everything back that was prepared for a version which does not come into service.</summary>
    public async Task AbandonAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        var model = (await new ModelCatalog(database).ListAsync(cancellationToken)).SingleOrDefault(m => m.ModelId == version.ModelId);
        if (model?.NextVersionId != version.VersionId)
            return;
        await promotion.AbandonAsync(model.ModelId, await TablesAsync(model.Name, cancellationToken), cancellationToken);
    }

    /// <summary>Says what will change, before it does.</summary>
    private async Task CompareAsync(ModelVersion version, RunSession session)
    {
        session.Report("comparing keywords", 0, 0);
        if (await comparison.OfAsync(version, options.Value.Workspace, session.Stopping) is not { } changes)
            return;
        await session.Lease.NoteAsync(changes, session.Stopping);
        session.Say(changes.Words());
    }

    private async Task TryAsync(string model, ModelVersion version, PromotionEffect effect, RunSession session)
    {
        var tables = await TablesAsync(model, session.Stopping);
        if (!version.HasLabels && tables is [var first, ..])
            throw PipelineLabels.Needed(model, version.Number, first.Pipelines[0].Definition);
        var telling = promotion.Telling(session.WaitsFor);
        session.Report("preparing the tables", 0, 0);
        await telling.BeginAsync(version, tables, session.Stopping);
        await keying.FillAsync(version, session);
        await telling.FillTablesAsync(version, tables, (table, done) =>
        {
            session.Report($"keying {table}", done, 0);
            return Task.CompletedTask;
        }, session.Stopping);
        session.Report("switching", 0, 0);
        await telling.PromoteAsync(version, tables, effect, session.Stopping);
    }

    private static bool IsInterruption(Exception error) => error is PromotionInterruptedException
        or PostgresException { SqlState: PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedTable };

    private Task<IReadOnlyList<PipelineTable>> TablesAsync(string model, CancellationToken cancellationToken) =>
        ServingTables.OfModelAsync(database, model, options.Value.Workspace, cancellationToken);
}

/// <summary>
/// Fills a version's keyword partition with its answers for everything that the model has to answer for. One without labels has none, and no
/// partition.
/// </summary>
internal sealed class VersionKeying(
    NpgsqlDataSource database, ImageEmbedder embedder, KeywordLoader loader, KeywordWriter writer, KeywordRetention retention)
{
    private const int Batch = 2000;

    /// <summary>
    /// All answers at once, where there are none yet: before anybody else writes this version's. What comes meanwhile is left to
    /// <see cref="FillAsync"/>.
    /// </summary>
    public async Task LoadAsync(ModelVersion version, RunSession session)
    {
        if (!version.HasLabels || await KeywordPartition.ExistsAsync(database, version.VersionId, session.Stopping))
            return;
        var contents = await KeyedContents.AllAsync(database, version.ModelId, session.Stopping);
        await EmbedAsync(version, contents, session);
        await loader.LoadAsync(version.VersionId, contents, done => session.Report("keying", done, contents.Count), session.Stopping);
    }

    /// <summary>The answers that are missing still.</summary>
    public async Task FillAsync(ModelVersion version, RunSession session)
    {
        if (!version.HasLabels)
            return;
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

    /// <summary>Drops the keywords of versions that are too old to go back to.</summary>
    public Task ForgetAsync(int modelId, CancellationToken cancellationToken) => retention.ApplyAsync(modelId, cancellationToken);

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
