using ThanoSql.Catalog.Quality;

namespace ThanoSql.Trainer.Building;

/// <summary><c>BUILD MODEL m USING algorithm OPTIONS (…) AS source</c>, asked for by a person or by a pipeline.</summary>
internal sealed class BuildHandler(
    ModelCatalog models, PipelineCatalog pipelines, VersionInstaller installer, ModelBuilder builder, NamedTrunks trunks, QualityLedger quality,
    TimeProvider time, IOptions<SqlOptions> options)
{
    public async Task<RunResult> RunAsync(BuildModelStatement statement, RunSession session)
    {
        var plan = await PlanAsync(statement, session);
        if (await installer.TakeUpAsync(plan.LikelyTraits, session) is { } done)
            return done;
        plan = plan with { Existing = await models.FindAsync(plan.Model, session.Stopping) };
        if (!plan.Options.Overwrite)
            await installer.RefuseExistingAsync(statement.Model, session);
        if (plan.Gate is not null && await quality.MeasureAsync(plan.Model, time.GetUtcNow(), session.Stopping) is { } measured)
            session.Say(measured.Describe());
        return await builder.BuildAsync(plan, session);
    }

    private async Task<BuildPlan> PlanAsync(BuildModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        var unseen = session.Run.Trigger.PassesGate();
        return new BuildPlan(
            statement.Model.Folded, trunks.Find(statement.Algorithm) ?? ClassifierAlgorithm.Of(statement.Algorithm, text).AlgorithmName,
            BuildOptions.Read(text, statement, options.Value.Dialect), statement.Source)
        {
            Existing = await models.FindAsync(statement.Model.Folded, session.Stopping),
            Gate = unseen ? await RuleAsync(statement.Model.Folded, session.Stopping) : null,
            OnlyNewData = unseen,
        };
    }

    // Several pipelines may be keyed by the model; the one that trains it says what must hold
    private async Task<PromotionRule> RuleAsync(string model, CancellationToken cancellationToken) =>
        (await pipelines.ListAsync(cancellationToken)).Where(p => p.HasFile && p.Definition.Model.Name == model)
            .OrderByDescending(p => p.Definition.Model.Train is not null).FirstOrDefault()?.Definition.Promote ?? new PromotionRule();
}

/// <summary>The algorithms that BUILD MODEL … USING may name.</summary>
internal static class ClassifierAlgorithm
{
    /// <exception cref="QueryException">The name is not an algorithm, or not one for images that runs here.</exception>
    public static ConvNeXtVariant Of(Name name, string text)
    {
        var at = TextPosition.Of(text, name.Span.Start);
        // Names of algorithms are case sensitive in the dialect
        if (ConvNeXtVariant.Known.FirstOrDefault(v => v.AlgorithmName == name.Text) is { } variant)
            return variant;
        var supported = string.Join(", ", ConvNeXtVariant.Known.Select(v => v.AlgorithmName));
        if (OtherAlgorithms.Names.Contains(name.Text, StringComparer.Ordinal))
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"{name.Text} is not supported. Image classifiers are built with {supported}.", at);
        }

        var nearest = NearestName.Of(
            name.Text, [.. ConvNeXtVariant.Known.Select(v => v.AlgorithmName), EmbeddingModel.Algorithm, .. OtherAlgorithms.Names]);
        var meant = nearest is null ? "" : $" Did you mean {nearest}?";
        throw new QueryException(
            ErrorCode.UnknownAlgorithm, $"There is no algorithm '{name.Text}'.{meant} There are: {supported}, {EmbeddingModel.Algorithm}.", at);
    }
}
