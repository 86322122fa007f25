using ThanoSql.Catalog.Trunks;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// <c>BUILD MODEL m USING SimCLR OPTIONS (…) AS source</c>: the plain trunk as a model without labels, and the embeddings of the source's pictures,
/// so that CONVERT and SEARCH look them up. Nothing is learned: docs/decisions says why.
/// </summary>
internal sealed class EmbeddingBuildHandler(
    ModelCatalog models, PipelineCatalog pipelines, TrunkCatalog trunks, SourceReader reader, EmbeddingSpaces spaces, ImageEmbedder embedder,
    VersionInstaller installer, IOptions<SqlOptions> sql, IOptions<TrainingOptions> training)
{
    private const string TrunkAlgorithm = "ConvNeXt_Tiny";

    public async Task<RunResult> RunAsync(BuildModelStatement statement, RunSession session)
    {
        var (name, asked) = (statement.Model.Folded, EmbeddingOptions.Read(session.Run.Statement, statement, sql.Value.Dialect));
        var imageCol = asked.ImageCol ?? (await models.FindAsync(name, session.Stopping))?.ImageCol ?? EmbeddingOptions.UsualImageCols[0];
        if (await installer.TakeUpAsync(Traits(name, imageCol, asked), session) is { } done)
            return done;
        if (!asked.Overwrite)
            await installer.RefuseExistingAsync(statement.Model, session);
        await PipelineLabels.RefuseAsync(pipelines, statement.Model, session);

        session.Report("reading the source", 0, 0);
        var rows = await reader.ReadAsync(statement.Source, session, (rows, token) => ReadAsync(rows, statement.Source, asked.ImageCol, token));
        var trunk = await spaces.OpenAsync(TrunkAlgorithm, null, session.Stopping);
        if (trunk.Note is { } note)
            session.Say($"Note: {note}");
        var pictures = await EmbedAsync(rows, trunk.TrunkId, session);
        var variant = (await trunks.GetAsync(trunk.TrunkId, session.Stopping)).Variant;
        session.Say(
            $"{EmbeddingModel.Algorithm} trains nothing here: '{name}' is the trunk {variant} as it is, so max_epochs, batch_size and pretrained "
            + $"have no effect. {pictures} pictures have their embedding; SEARCH IMAGE and CONVERT look at others when they meet them.");
        return await installer.InstallAsync(
            Traits(name, rows.ImageCol, asked),
            new NewVersion(
                trunk.TrunkId, [], [], $$"""{"rows": {{rows.Paths.Count}}, "pictures": {{pictures}}}""", session.Run.Statement,
                EmbeddingOptions.ToJson(rows.ImageCol), ""),
            new Dictionary<long, bool>(), trunk.Note, _ => Task.FromResult<GateVerdict?>(null), session);
    }

    /// <returns>How many different pictures have their embedding now.</returns>
    private async Task<int> EmbedAsync(ImagePaths rows, int trunkId, RunSession session)
    {
        if (rows.Total == 0)
            throw new QueryException(ErrorCode.EmptySource, "The source gives no row with an image path.");
        var contents = await embedder.EnsureAsync(rows.Paths, trunkId, 1, new EmbeddingReport(session, "looking at images"), session.Stopping);
        var missing = rows.WithoutPath + contents.Count(c => c is null);
        MissingImages.Heed(missing, rows.Total, training.Value.MissingImages, rows.ImageCol, session);
        return contents.Any(c => c is not null)
            ? contents.OfType<long>().Distinct().Count()
            : throw new QueryException(ErrorCode.EmptySource, "No picture of the source can be read (SELECT * FROM thanosql.failures shows why).");
    }

    private async Task<ImagePaths> ReadAsync(
        NpgsqlDataReader rows, QuerySyntax source, string? asked, CancellationToken cancellationToken)
    {
        var columns = SourceColumns.Of(rows);
        var image = SourceColumns.Find(columns, source, "image", asked is null ? EmbeddingOptions.UsualImageCols : [asked]);
        var (paths, withoutPath) = (new HashSet<ObjectPath>(), 0);
        while (await rows.ReadAsync(cancellationToken))
        {
            if (!rows.IsDBNull(image) && StorePath.TryParse(rows.GetValue(image) as string, sql.Value.Workspace, out var path))
                paths.Add(path);
            else
                withoutPath++;
        }
        return new ImagePaths([.. paths], columns[image], withoutPath);
    }

    private static ModelTraits Traits(string name, string imageCol, EmbeddingOptions asked) =>
        new(name, EmbeddingModel.Algorithm, imageCol, asked.LabelCol, asked.Dialect);

    /// <summary>What the source gave.</summary>
    /// <param name="Paths">Each once.</param>
    /// <param name="WithoutPath">Rows whose path is NULL or names no object.</param>
    private sealed record ImagePaths(IReadOnlyList<ObjectPath> Paths, string ImageCol, int WithoutPath)
    {
        public int Total => Paths.Count + WithoutPath;
    }
}
