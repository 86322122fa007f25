namespace ThanoSql.Trainer.Building;

/// <summary>
/// <c>FIT MODEL m USING base OPTIONS (…) AS source</c>: trains on from a model, with its trunk and its labels; m may be the base itself.
/// </summary>
internal sealed class FitHandler(ModelCatalog models, VersionCatalog versions, VersionInstaller installer, ModelBuilder builder)
{
    public async Task<RunResult> RunAsync(FitModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        var (model, version) = await BaseAsync(statement.BaseModel, text, session.Stopping);
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
        if (await installer.TakeUpAsync(plan.LikelyTraits, session) is { } done)
            return done;
        plan = plan with { Existing = await models.FindAsync(plan.Model, session.Stopping) };
        if (plan.Model != model.Name && !options.Overwrite)
            await installer.RefuseExistingAsync(statement.Model, session);
        return await builder.BuildAsync(plan, session);
    }

    private async Task<(Model Model, ModelVersion Version)> BaseAsync(Name name, string text, CancellationToken cancellationToken)
    {
        if (await models.FindAsync(name.Folded, cancellationToken) is { CurrentVersionId: { } id } model
            && await versions.FindAsync(id, cancellationToken) is { } version)
        {
            return (model, version);
        }

        var known = (await models.ListAsync(cancellationToken)).Where(m => m.CurrentVersionId is not null).Select(m => m.Name).ToList();
        var nearest = NearestName.Of(name.Folded, known) is { } near ? $" Did you mean '{near}'?" : "";
        throw new QueryException(
            ErrorCode.UnknownModel, $"There is no model '{name.Folded}' to train on from.{nearest}", TextPosition.Of(text, name.Span.Start));
    }
}
