namespace ThanoSql.Trainer.Building;

/// <summary>
/// <c>FIT MODEL m USING base OPTIONS (…) AS source</c>: trains on from a model, with its trunk and its labels; m may be the base itself. A prebuilt
/// base is a trunk without labels: then it is a BUILD.
/// </summary>
internal sealed class FitHandler(
    ModelCatalog models, VersionCatalog versions, VersionInstaller installer, ModelBuilder builder, NamedTrunks trunks, IOptions<SqlOptions> dialect)
{
    public async Task<RunResult> RunAsync(FitModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        if (await PrebuiltAsync(statement, session) is { } prebuilt)
            return await RunAsync(prebuilt, statement, isNew: true, session);
        var (model, version) = await BaseAsync(statement, text, session.Stopping);
        if (!version.HasLabels)
        {
            throw new QueryException(
                ErrorCode.NoLabels, $"FIT MODEL learns labels, and model '{model.Name}' has none to go on from.",
                TextPosition.Of(text, statement.BaseModel.Span.Start), EmbeddingModel.Hint(model.Name));
        }
        var options = BuildOptions.Read(text, statement, model.Dialect);
        if (options.FineTune && model.Algorithm == ClassifierTrunk.Algorithm)
        {
            throw new QueryException(
                ErrorCode.NotSupported,
                $"Model '{model.Name}' was uploaded: FIT MODEL fits its scores to the source, and cannot train the network itself. "
                + "Leave fine_tune out, or BUILD a ConvNeXt.",
                TextPosition.Of(text, statement.BaseModel.Span.Start));
        }
        var plan = new BuildPlan(statement.Model.Folded, model.Algorithm, options, statement.Source)
        {
            TrunkId = version.TrunkId,
            Start = Head.FromBytes(version.Head),
            Labels = version.Labels,
        };
        return await RunAsync(plan, statement, isNew: plan.Model != model.Name, session);
    }

    private async Task<RunResult> RunAsync(BuildPlan plan, FitModelStatement statement, bool isNew, RunSession session)
    {
        if (await installer.TakeUpAsync(plan.LikelyTraits, session) is { } done)
            return done;
        plan = plan with { Existing = await models.FindAsync(plan.Model, session.Stopping) };
        if (isNew && !plan.Options.Overwrite)
            await installer.RefuseExistingAsync(statement.Model, session);
        return await builder.BuildAsync(plan, session);
    }

    /// <returns>Null when the base is a model of the user's, or none.</returns>
    private async Task<BuildPlan?> PrebuiltAsync(FitModelStatement statement, RunSession session)
    {
        if (trunks.Find(statement.BaseModel) is not { } algorithm || await models.FindAsync(statement.BaseModel.Folded, session.Stopping) is not null)
            return null;
        return new BuildPlan(
            statement.Model.Folded, algorithm, BuildOptions.Read(session.Run.Statement, statement, dialect.Value.Dialect), statement.Source);
    }

    private async Task<(Model Model, ModelVersion Version)> BaseAsync(FitModelStatement statement, string text, CancellationToken cancellationToken)
    {
        var name = statement.BaseModel;
        if (await models.FindAsync(name.Folded, cancellationToken) is { CurrentVersionId: { } id } model
            && await versions.FindAsync(id, cancellationToken) is { } version)
        {
            return (model, version);
        }

        if (OtherAlgorithms.Refusal(text, statement, name) is { } refusal)
            throw refusal;
        var known = (await models.ListAsync(cancellationToken)).Where(m => m.CurrentVersionId is not null).Select(m => m.Name).ToList();
        var nearest = NearestName.Of(name.Folded, known) is { } near ? $" Did you mean '{near}'?" : "";
        throw new QueryException(
            ErrorCode.UnknownModel, $"There is no model '{name.Folded}' to train on from.{nearest}", TextPosition.Of(text, name.Span.Start));
    }
}
